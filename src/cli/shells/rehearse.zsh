#compdef rehearse
# Completion of rehearse for zsh. In ~/.zshrc: source <(rehearse completions zsh); or as the file _rehearse in $fpath.

_rehearse() {
    local line value about
    local -a found
    for line in "${(@f)$("${(Q)words[1]}" candidates -- "${(@Q)words[1,CURRENT-1]}" "${(Q)PREFIX}" 2>/dev/null)}"; do
        [[ -n $line ]] || continue
        value=${line%%$'\t'*}
        about=${line#"$value"}
        about=${about#$'\t'}
        found+=("${value//:/\\:}${about:+:$about}")
    done
    if (( $#found )); then
        _describe -V rehearse found
    else
        _files
    fi
}

if [[ $funcstack[1] == _rehearse ]]; then
    _rehearse "$@"
else
    (( $+functions[compdef] )) || { autoload -Uz compinit && compinit -i -D }
    compdef _rehearse rehearse
fi
