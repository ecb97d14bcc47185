/** What specs use of `runtimes.mjs`. */
export function getRuntime(name: string): { name: string; version: string; command: [string, ...string[]] }
