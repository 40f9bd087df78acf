/**
 * What makes a shell ask `softprompt complete -- WORD…`, whose last word is the one at the cursor, by the shell's name. The answer is a value a line, a tab
 * and what it is, and at last what may stand there where there is no value: `:none`, `:files` or `:folders`. No script evaluates what was typed.
 */
export const completionScripts = {
  bash: `# softprompt's completion for bash
_softprompt() {
  local word joined= line paths=none
  local -a words=()
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD}"; do # which bash has split at = and :
    if [[ \${#words[@]} -gt 0 && ( $word == [=:]* || -n $joined ) ]]; then
      words[\${#words[@]}-1]+=$word
    else
      words+=("$word")
    fi
    joined=
    [[ $word == [=:]* ]] && joined=1
  done
  COMPREPLY=()
  while IFS= read -r line; do
    case $line in
      :*) paths=\${line#:} ;;
      *) COMPREPLY+=("\${line%%$'\\t'*}") ;;
    esac
  done < <(softprompt complete -- "\${words[@]}" 2>/dev/null </dev/null)
  case $paths in
    none) compopt +o default 2>/dev/null ;;
    folders) compopt -o dirnames 2>/dev/null ;;
  esac
}
complete -o default -F _softprompt softprompt
`,
  zsh: `#compdef softprompt
# softprompt's completion for zsh
_softprompt() {
  local line paths=none
  local -a values
  while IFS= read -r line; do
    case $line in
      :*) paths=\${line#:} ;;
      *) values+=("\${\${line%%$'\\t'*}//:/\\\\:}:\${line#*$'\\t'}") ;;
    esac
  done < <(softprompt complete -- "\${(@Q)words[2,CURRENT]}" 2>/dev/null </dev/null)
  [[ $PREFIX == --*=* ]] && compset -P '*='
  (( $#values )) && _describe softprompt values && return
  case $paths in
    files) _files ;;
    folders) _files -/ ;;
  esac
}
if [[ $funcstack[1] == _softprompt ]]; then
  _softprompt "$@"
else
  compdef _softprompt softprompt
fi
`,
  fish: `# softprompt's completion for fish
function __softprompt_complete
    set -l typed (commandline -ct)
    set -l words (commandline -opc)
    set -l lines (softprompt complete -- $words[2..-1] "$typed" 2>/dev/null </dev/null)
    set -l flag (string match -r -- '^--[^=]*=' "$typed"; or echo '')
    set -l value (string replace -r -- '^--[^=]*=' '' "$typed")
    for line in $lines
        switch $line
            case ':files'
                printf '%s\\n' $flag(__fish_complete_path "$value")
            case ':folders'
                printf '%s\\n' $flag(__fish_complete_directories "$value")
            case ':*'
            case '*'
                printf '%s\\n' "$flag$line"
        end
    end
end
complete -c softprompt -f -a '(__softprompt_complete)'
`,
} as const
