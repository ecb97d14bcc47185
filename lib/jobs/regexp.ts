/**
 * @file Translates JavaScript's regular expressions to the syntax of Rust's `regex` crate, and refuses those
 * that would match differently. Runs neither.
 */
import { invalidArgValue } from '../errors/smmap-errors.js'

// The idea: a pattern is cut into tokens, and each token is translated or refused. There is no parser. Tokens
// that mean the same in both engines stay as they are, tokens that can be written in another way are
// rewritten (`.`, `\d`, `\b`, classes), and everything else is an error that says where it is. A refused
// pattern costs the caller a look at the documentation; one that matched differently would give a wrong
// answer, silently.

/** What `\s` is in JavaScript (ECMA-262, CharacterClassEscape): White_Space without U+0085, and U+FEFF. */
const SPACE = String.raw`\t\n\x0B\x0C\r \u00A0\u1680\u2000-\u200A\u2028\u2029\u202F\u205F\u3000\uFEFF`

const CLASSES: Readonly<Record<string, string>> = {
  d: '0-9',
  w: '0-9A-Za-z_',
  s: SPACE,
}

/** A sign that stands for itself. */
const SIGN = String.raw`\\[$()*+./?[\\\]^{|}-]`

/** One token of a pattern. Anything else is refused. */
const TOKEN = new RegExp(
  [
    String.raw`\\(?<escape>[dDwWsSbB])`,
    String.raw`(?<same>\\[tnrfv]|\\x[0-9a-fA-F]{2}|\\u(?!d[89a-f])[0-9a-f]{4}|\\u\{[0-9a-f]+\}|${SIGN})`,
    String.raw`(?<syntax>\((?:\?:|\?<[A-Za-z_]\w*>|(?!\?))|[)|]|[*+?]\??|\{\d+(?:,\d*)?\}\??)`,
    String.raw`(?<special>[.^$])`,
    String.raw`(?<class>\[\^?(?:[^\\\]]|\\[^])+\])`,
    String.raw`(?<literal>[^\\^$.*+?()[\]{}|])`,
  ].join('|'),
  'giuy',
)

/**
 * The expression in the syntax of Rust's `regex` crate that matches in a file what this one matches in its
 * text.
 *
 * @throws `TypeError` `ERR_INVALID_ARG_VALUE` where there is none: look-around, back references, the flags
 * `v` and `y`, `^` and `$` with flag `m` (JavaScript's lines end at `\r` too), classes within which `[`,
 * `&&`, `--` or `~~` would mean something else, a group that may match nothing and is repeated, and with flag
 * `i` what the two fold in different ways.
 */
export function translate(expression: RegExp): string {
  const { source, flags } = expression
  const refuse = (what: string): Error =>
    invalidArgValue(
      'needle',
      expression,
      `has ${what}, which a search in a file does not have or takes otherwise; see { regex }`,
    )
  // `g` and `d` do not change which matches there are; `v` and `y` do.
  for (const flag of flags) if (!'dgimsu'.includes(flag)) throw refuse(`the flag ${flag}`)
  let translated = ''
  const emptiness = new Emptiness()
  TOKEN.lastIndex = 0
  while (TOKEN.lastIndex < source.length) {
    const at = TOKEN.lastIndex
    const groups = TOKEN.exec(source)?.groups
    // Anything that is not on the list of tokens may mean something else to Rust.
    if (groups === undefined) throw refuse(`"${source.slice(at, at + 4)}" at ${at}`)
    const part = translateToken(groups, flags)
    if (part === undefined)
      throw refuse(`"${source.slice(at, TOKEN.lastIndex)}" at ${at} with the flags "${flags}"`)
    if (!emptiness.take(groups))
      throw refuse(`"${source.slice(at, TOKEN.lastIndex)}" at ${at} after a group that may match nothing`)
    translated += part
  }
  return translated
}

/**
 * Whether the element before a quantifier may match nothing. If it does in some round of the loop, JavaScript
 * tries another alternative (ECMA-262, RepeatMatcher), and Rust ends the loop: in `v1.2` the expression
 * `v(?:\d*|\.){0,}` matches all in JavaScript, and `v1` in Rust.
 */
class Emptiness {
  /** For each open group, whether an alternative before may match nothing, and the present one so far. */
  readonly #groups: { before: boolean; now: boolean }[] = [{ before: false, now: true }]
  /** Whether the last element may match nothing; not in `now` yet. */
  #last = true

  /** Takes in the next element. False: it is a quantifier after an element that may match nothing. */
  take({ syntax, special, escape }: Record<string, string | undefined>): boolean {
    const group = this.#groups.at(-1) as { before: boolean; now: boolean }
    if (syntax !== undefined && /^[*+?{]/.test(syntax)) {
      const [least, most] = limits(syntax)
      // With a fixed number of rounds both match the same: no round can be left out.
      const isRight = !this.#last || least === most
      this.#last ||= least === 0
      return isRight
    }
    // A sequence may match nothing only if each of its parts may.
    group.now &&= this.#last
    this.#last = true
    if (syntax === '|') {
      // An alternation may match nothing if any of its alternatives may.
      group.before ||= group.now
      group.now = true
    } else if (syntax === ')') {
      this.#groups.pop()
      this.#last = group.before || group.now
    } else if (syntax !== undefined) this.#groups.push({ before: false, now: true })
    else this.#last = special === '^' || special === '$' || escape === 'b' || escape === 'B'
    return true
  }
}

/** The least and the greatest number of rounds. */
function limits(quantifier: string): [least: number, most: number] {
  if (quantifier.startsWith('*')) return [0, Infinity]
  if (quantifier.startsWith('+')) return [1, Infinity]
  if (quantifier.startsWith('?')) return [0, 1]
  const [least = '', most = least] = quantifier.replace(/[{}?]/g, '').split(',')
  return [Number(least), most === '' ? Infinity : Number(most)]
}

function translateToken(groups: Record<string, string | undefined>, flags: string): string | undefined {
  const { escape, same, syntax, special, class: set, literal } = groups
  if (syntax !== undefined) return syntax
  // JavaScript's `.` excludes four line terminators, Rust's only `\n`.
  if (special === '.') return flags.includes('s') ? '(?s:.)' : String.raw`[^\n\r\u2028\u2029]`
  if (special !== undefined) return flags.includes('m') ? undefined : special
  if (escape !== undefined) return translateEscape(escape, flags)
  if (set !== undefined) return translateClass(set, flags)
  return fold(same ?? (literal as string), flags)
}

function translateEscape(escape: string, flags: string): string | undefined {
  // JavaScript's words are ASCII, Rust's are Unicode's by default.
  if (escape === 'b' || escape === 'B') return isFolding(flags) ? undefined : `(?-u:\\${escape})`
  const members = CLASSES[escape.toLowerCase()] as string
  if (escape.toLowerCase() === 'w' && isFolding(flags)) return undefined
  return escape === escape.toLowerCase() ? `[${members}]` : `[^${members}]`
}

function translateClass(set: string, flags: string): string | undefined {
  // In Rust these are nested classes and set operations.
  if (/\[.*\[|&&|--|~~/s.test(set)) return undefined
  // Negation and folding come in a different order in the two.
  let isKnown = !(flags.includes('i') && set.startsWith('[^') && !flags.includes('u'))
  const members = set.replace(/\\(u\{[^}]*\}|u[0-9a-f]{4}|x[0-9a-f]{2}|[^])/gi, (whole, escape: string) => {
    const known = CLASSES[escape]
    if (known !== undefined && !(escape === 'w' && isFolding(flags))) return known
    isKnown &&= /^(?:[tnrfv$()*+./?[\\\]^{|}-]|x..|u(?!d[89a-f])[^]+)$/i.test(escape)
    return whole
  })
  return isKnown ? fold(members, flags) : undefined
}

/**
 * With flag `i`, both fold ASCII letters alike if Unicode's folding is off, and all letters alike with `u`.
 */
function fold(part: string, flags: string): string | undefined {
  if (!flags.includes('i')) return flags.includes('u') || isBasic(part) ? part : undefined
  if (flags.includes('u')) return `(?i:${part})`
  return /^[\x20-\x7e]*$/.test(part) && !/\\[xu]/.test(part) ? `(?i-u:${part})` : undefined
}

/** Whether each character is one UTF-16 unit: without flag `u`, JavaScript takes the others as two. */
function isBasic(part: string): boolean {
  return !/[\ud800-\udfff]/.test(part) && !part.includes('\\u{')
}

function isFolding(flags: string): boolean {
  return flags.includes('i') && flags.includes('u')
}
