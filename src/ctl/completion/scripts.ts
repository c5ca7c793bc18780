/** The first word of a command line that a shell's script says, to be answered by answer.ts. */
export const question = "__complete";

export const shells = ["bash", "zsh", "fish"] as const;
export type Shell = (typeof shells)[number];

/** For bash 4 or newer. */
const bash = `# Completion of phoenixctl for bash; to try it: source <(phoenixctl completion bash)
_phoenixctl() {
  local line
  COMPREPLY=()
  while IFS= read -r line; do
    if [[ $line == :files ]]; then
      compopt -o default 2>/dev/null
      return
    fi
    COMPREPLY+=("\${line%%$'\\t'*}")
  done < <(phoenixctl ${question} "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
}
complete -F _phoenixctl phoenixctl
`;

const zsh = `#compdef phoenixctl
# Completion of phoenixctl for zsh; to try it: source <(phoenixctl completion zsh)
_phoenixctl() {
  local line
  local -a proposals
  for line in "\${(@f)$(phoenixctl ${question} "\${(@Q)words[2,CURRENT-1]}" "$PREFIX" 2>/dev/null)}"; do
    if [[ $line == :files ]]; then
      _files
      return
    fi
    [[ -n $line ]] && proposals+=("\${\${line%%$'\\t'*}//:/\\\\:}:\${line#*$'\\t'}")
  done
  _describe phoenixctl proposals
}
if [[ $funcstack[1] == _phoenixctl ]]; then
  _phoenixctl "$@"
else
  compdef _phoenixctl phoenixctl
fi
`;

const fish = `# Completion of phoenixctl for fish; to try it: phoenixctl completion fish | source
function __phoenixctl_complete
    set -l words (commandline -opc) (commandline -ct)
    set -l lines (phoenixctl ${question} $words[2..-1] 2>/dev/null)
    if test "$lines" = :files
        __fish_complete_path (commandline -ct)
    else
        printf '%s\\n' $lines
    end
end
complete -c phoenixctl -f -k -a '(__phoenixctl_complete)'
`;

export const scripts: Readonly<Record<Shell, string>> = { bash, zsh, fish };
