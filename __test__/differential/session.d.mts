/** What TypeScript uses of `session.mjs`: the names of what may happen between calls. */
export const MIXES: Readonly<Record<string, object>>
