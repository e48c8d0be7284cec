# Completion of rehearse for fish. In ~/.config/fish/config.fish: rehearse completions fish | source

function __rehearse_candidates
    set --local words (commandline --current-process --tokenize --cut-at-cursor)
    set --local word (commandline --current-token --cut-at-cursor)
    set --local found ($words[1] candidates -- $words "$word" 2>/dev/null)
    if set --query found[1]
        printf '%s\n' $found
    else
        __fish_complete_path "$word"
    end
end

complete --command rehearse --no-files --keep-order --arguments '(__rehearse_candidates)'
