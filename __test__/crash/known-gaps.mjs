/**
 * @file The rows that are not yet right, by program and arguments. Only ever gets shorter: one that is right
 * fails until it is taken out.
 */

export const KNOWN_GAPS = new Set()
