# Becomes PROGRAM in a mount namespace of its own, in which folders of secrets are where a function
# looks for them. Nothing outside of the namespace changes.
#
# sh -c THIS sh STAGE CAPS SOURCE FOLDER … -- PROGRAM ARGUMENT…
set -e
path=$PATH
PATH=$PATH:/usr/sbin:/usr/bin:/sbin:/bin
setpriv=$(command -v setpriv)
stage=$1 caps=$2
shift 2

# A copy of a folder in which every entry is the one of the original, and new ones can be made.
copy() { # copy FOLDER
  mount -n -t tmpfs -o mode=0755 avocet-copy "$stage"
  for entry in "${1%/}"/* "${1%/}"/.[!.]*; do
    name=${entry##*/}
    if [ -L "$entry" ]; then
      cp -P "$entry" "$stage/$name"
    elif [ -d "$entry" ]; then
      mkdir "$stage/$name"
      mount -n --rbind "$entry" "$stage/$name"
    elif [ -e "$entry" ]; then
      : > "$stage/$name"
      mount -n --rbind "$entry" "$stage/$name"
    fi
  done
}

# Makes a folder be there.
provide() { # provide FOLDER
  above=$1
  while [ ! -d "$above" ]; do
    above=${above%/*}
    above=${above:-/}
  done
  [ "$above" != "$1" ] || return 0
  copy "$above"
  if [ "$above" = / ]; then
    mkdir -p "$stage$1"
    cd "$stage"
    pivot_root . .
    umount -n -l .
    cd /
  else
    mkdir -p "$stage${1#"$above"}"
    mount -n --move "$stage" "$above"
  fi
}

folders=
while [ "$1" != -- ]; do
  provide "$2"
  mount -n -t tmpfs -o mode=0700,nosuid,nodev,noexec avocet-secrets "$2"
  cp -pR "$1/." "$2/"
  folders="$2
$folders"
  shift 2
done
shift
# Last, since one of them may be inside of another.
IFS='
'
for folder in $folders; do
  mount -n -o remount,ro "$folder"
done
unset IFS
PATH=$path
case $caps in
  none) exec "$setpriv" --pdeathsig KILL --ambient-caps=-all --inh-caps=-all -- "$@" ;;
  own) exec "$setpriv" --pdeathsig KILL -- "$@" ;;
esac
