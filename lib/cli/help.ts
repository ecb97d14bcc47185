/** @file Knows the parts of the help that options cannot say: examples, units, exit codes. */

export const SMMAP_HELP = `
Examples:
  $ smmap scan access.log             bytes, lines, longest line
  $ smmap scan --find ERROR *.log     and how often, and where, ERROR is
  $ smmap scan --help                 all of its options, units and exit codes
`

export const SCAN_HELP = `
Sizes:
  Bytes, or a number with a unit: K or KiB = 1,024 bytes, KB = 1,000 bytes;
  likewise M, G, T. A file larger than --max-memory is scanned whole, one window
  after another.

Output:
  bytes, lines   as "wc -c" and "wc -l" count: a line is what a newline ends
  longest        bytes of the longest line, without its newline
  found          matches of --find that do not overlap; where they are is given
                 in bytes from the start of the file, the first byte being 0
  mapped         the most that was mapped at once: never above --max-memory
  resident       the most memory the process had, mapped pages included
  The table goes to stdout, errors and the progress bar go to stderr.
  NO_COLOR=1 turns colours off.

Exit codes:
  0    done; with --find: found at least once
  1    --find found nothing
  2    an option is wrong, or a file could not be scanned (the others were)
  130  interrupted by Ctrl-C (143: by SIGTERM); what was done is printed and
       marked as partial

Examples:
  $ smmap scan access.log
  $ smmap scan --max-memory 64MiB --window 16MiB --find '"status":500' *.ndjson
  $ smmap scan --json dump.sql | jq .total.lines
  $ if smmap scan --quiet --find PANIC kernel.log; then echo found; fi
`
