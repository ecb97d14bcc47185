/** @file `smmap completion`: which shells there are scripts for. The scripts are made elsewhere. */
import { Argument, type Command } from 'commander'
import { SHELLS, type Shell, completionFor } from '../completion.js'
import { type Section, explain } from '../help.js'

export function addCompletion(program: Command): void {
  const command = program
    .command('completion')
    .summary('print a script that completes commands and options in a shell')
    .description('Prints a script that completes commands, options and files in a shell.')
    .addArgument(new Argument('<shell>', 'the shell').choices(SHELLS))
    .action((shell: Shell) => {
      process.stdout.write(completionFor(program, shell))
    })
  explain(command, INSTALLING)
}

const INSTALLING: Section = [
  'Installing',
  `bash   in ~/.bashrc: source <(smmap completion bash)
zsh    smmap completion zsh, saved as _smmap in a folder of $fpath
fish   smmap completion fish > ~/.config/fish/completions/smmap.fish
The package has them too, in dist/completions.`,
]
