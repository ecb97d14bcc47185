/** @file `smmap man`: prints the man page. It is made elsewhere. */
import type { Command } from 'commander'
import { type Section, explain } from '../help.js'
import { renderManPage } from '../man-page.js'

export function addMan(program: Command): void {
  const command = program
    .command('man')
    .summary('print the man page')
    .description('Prints the man page of all commands, as roff.')
    .action(() => {
      process.stdout.write(renderManPage(program))
    })
  explain(command, EXAMPLES)
}

const EXAMPLES: Section = ['Examples', '$ smmap man | man -l -']
