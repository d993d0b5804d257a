import { FsError } from '../../lib/errors.js';
import type { Action } from '../session.js';

/** What is called at each Tab: with no proposal of ours the shell goes on with file names. */
const SCRIPTS: Readonly<Record<string, string>> = {
  bash: `# bash completion of panfuse: source <(panfuse completion bash)
_panfuse() {
  mapfile -t COMPREPLY < <(SHELL=bash "\${COMP_WORDS[0]}" --complete-bash "\${COMP_LINE:0:COMP_POINT}" "$COMP_WORDBREAKS" 2>/dev/null)
  if [[ \${#COMPREPLY[@]} -eq 1 && \${COMPREPLY[0]} == */ ]]; then compopt -o nospace 2>/dev/null; fi
  return 0
}
complete -o bashdefault -o default -F _panfuse panfuse`,
  zsh: `#compdef panfuse
# zsh completion of panfuse: panfuse completion zsh > "\${fpath[1]}/_panfuse", or source <(panfuse completion zsh)
_panfuse() {
  local -a found
  found=("\${(@f)$(SHELL=zsh panfuse --get-yargs-completions "\${(@Q)words[1,CURRENT]}" 2>/dev/null)}")
  found=("\${(@)found:#}")
  if (( \${#found} == 0 )); then _default; return; fi
  local -a folders=("\${(@M)found:#*/}") others=("\${(@)found:#*/}")
  (( \${#folders} )) && _describe -V folder folders -S ''
  (( \${#others} )) && _describe -V panfuse others
}
if [[ "\${zsh_eval_context[-1]}" == loadautofunc ]]; then _panfuse "$@"; else compdef _panfuse panfuse; fi`,
  fish: `# fish completion of panfuse: panfuse completion fish > ~/.config/fish/completions/panfuse.fish
function __panfuse_complete
  set -l found (SHELL=fish panfuse --get-yargs-completions (commandline -opc) (commandline -ct) 2>/dev/null)
  if test (count $found) -gt 0
    printf '%s\\n' $found
  else
    __fish_complete_path (commandline -ct)
  end
end
complete -c panfuse -f -a '(__panfuse_complete)'`,
};

/** Shells that there is a script for. */
export const COMPLETED_SHELLS: readonly string[] = Object.keys(SCRIPTS);

/** `panfuse completion [SHELL]` */
export function printCompletion(named: string | undefined): Action {
  return (session) => {
    const shell = named ?? session.terminal.host.variables['SHELL']?.split('/').at(-1) ?? 'bash';
    const script = SCRIPTS[shell];
    if (script === undefined) {
      const known = COMPLETED_SHELLS.join(', ');
      return Promise.reject(
        new FsError('EINVAL', `there is no completion for ${shell}: write one of ${known}`),
      );
    }
    session.output.result({ shell, script }, script);
    return Promise.resolve();
  };
}
