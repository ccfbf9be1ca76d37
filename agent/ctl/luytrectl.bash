# SPDX-License-Identifier: GPL-3.0-or-later
# Bash completion of luytrectl.
# shellcheck shell=bash

# The long options of a command.
_luytrectl_options() {
  case $1 in
    explain) echo "--policy --presets --lookalikes --at --json --help" ;;
    inspect) echo "--json --header --help" ;;
    policy) echo "--presets --json --help" ;;
    lists) echo "--output --format --help" ;;
    grant) echo "--for --until --note --json --help" ;;
    refuse) echo "--note --help" ;;
    requests) echo "--all --json --help" ;;
    rules) echo "--policy --presets --json --help" ;;
    sites) echo "--end --json --help" ;;
    status | children | ask | grants | doctor) echo "--json --help" ;;
    *) echo "--help" ;;
  esac
}

# How many words without a dash stand before the one that is typed, the command apart.
_luytrectl_place() {
  local place=0 i
  for ((i = 2; i < cword; i++)); do
    case ${words[i - 1]} in
      --policy | --presets | --lookalikes | --at | --for | --until | --note | --output | -o | --format) continue ;;
    esac
    [[ ${words[i]} == -* ]] || ((place++))
  done
  echo "$place"
}

# What may stand at a place of a command: words, or FILES, or USERS.
_luytrectl_words() {
  case $1:$2 in
    policy:0) echo "check" ;;
    lists:0) echo "compile info lookup match" ;;
    rules:0) echo "show set explain preset" ;;
    policy:* | inspect:0 | lists:*) echo "FILES" ;;
    rules:1)
      [[ ${words[2]} == set ]] && echo "FILES"
      [[ ${words[2]} == explain || ${words[2]} == preset ]] && echo "USERS"
      ;;
    rules:2) [[ ${words[2]} == preset ]] && echo "b3_5 b6_8 b9_11 b12_14 b15_17 school vn-147" ;;
    sites:0) echo "suggest accept" ;;
    explain:0 | grant:0 | sites:1) echo "USERS" ;;
  esac
}

_luytrectl() {
  local cur prev words cword
  _init_completion || return
  local commands="ask children doctor explain grant grants inspect lists policy refuse requests revoke
    rules sites status"

  if ((cword == 1)); then
    mapfile -t COMPREPLY < <(compgen -W "$commands --help --version" -- "$cur")
    return
  fi
  case $prev in
    --policy | --output | -o) _filedir && return ;;
    --format)
      mapfile -t COMPREPLY < <(compgen -W "hosts domains adblock rpz dnsmasq unbound ut1 v2fly" -- "$cur")
      return
      ;;
    --presets) _filedir -d && return ;;
    --for)
      mapfile -t COMPREPLY < <(compgen -W "30m 1h 2h 1d forever" -- "$cur")
      return
      ;;
    --at | --until | --note) return ;;
  esac
  local command=${words[1]} wanted
  if [[ $cur == -* ]]; then
    mapfile -t COMPREPLY < <(compgen -W "$(_luytrectl_options "$command")" -- "$cur")
    return
  fi
  wanted=$(_luytrectl_words "$command" "$(_luytrectl_place)")
  case $wanted in
    FILES) _filedir ;;
    USERS) mapfile -t COMPREPLY < <(compgen -u -- "$cur") ;;
    *) mapfile -t COMPREPLY < <(compgen -W "$wanted" -- "$cur") ;;
  esac
}

complete -F _luytrectl luytrectl
