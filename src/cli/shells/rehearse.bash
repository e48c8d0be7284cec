# Completion of rehearse for bash. In ~/.bashrc: source <(rehearse completions bash)

_rehearse() {
    local word words=() line tab=$'\t'
    COMPREPLY=()
    # Bash takes `--color=auto` for three words.
    for word in "${COMP_WORDS[@]:0:COMP_CWORD}"; do
        [[ $word == "=" ]] || words+=("$word")
    done
    while IFS= read -r line; do
        COMPREPLY+=("${line%%"$tab"*}")
    done < <("$1" candidates -- "${words[@]}" "${2#=}" 2>/dev/null)
}

complete -o default -F _rehearse rehearse
