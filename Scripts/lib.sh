# What the other scripts share: messages, privileges, Debian packages, the Swift toolchain, the release build.
# Sourced by them, not run.
# shellcheck shell=bash

called_from=$PWD
repo=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cd "$repo" || exit 1

# The exit codes of sysexits.h that `millrace` uses too.
readonly exit_unavailable=69 exit_no_permission=77

# What compiling needs besides the Swift toolchain: libraries, headers, and clang for bpf/.
build_packages=(git g++ clang libbpf-dev libxdp-dev libelf-dev zlib1g-dev libxxhash-dev libssl-dev libzstd-dev liblz4-dev
  libsqlite3-dev libjs-chart.js)
# The programs that labs and experiments run.
# shellcheck disable=SC2034  # used by the scripts that source this file
lab_packages=(iproute2 ethtool iputils-ping procps)
# What `millrace migrate qemu` runs, and where the kernel of its guest is unpacked.
# shellcheck disable=SC2034
guest_packages=(qemu-system-x86 busybox-static xz-utils)
guest_kernel=/var/cache/millrace/guest
# What only the tests run.
# shellcheck disable=SC2034
test_packages=(iperf3 tcpdump)
# What a toolchain unpacked from swift.org needs and a small system may lack.
toolchain_packages=(binutils libc6-dev libcurl4-openssl-dev libncurses-dev libsqlite3-dev libxml2-dev tzdata)

say() { printf '== %s\n' "$*"; }

# fail CODE MESSAGE…: one line each to standard error, then the exit code.
fail() {
  local code=$1
  shift
  printf '%s: %s\n' "${0##*/}" "$1" >&2
  shift
  (($# == 0)) || printf '  %s\n' "$@" >&2
  exit "$code"
}

# answer_help ARGUMENT…: when asked for, what the script's first comment says.
answer_help() {
  [[ ${1:-} == --help || ${1:-} == -h ]] || return 0
  sed -n '2,/^[^#]/ s/^# \{0,1\}//p' "Scripts/${0##*/}"
  exit 0
}

# take_at_most COUNT ARGUMENT…: for scripts without options.
take_at_most() {
  local count=$1 argument
  shift
  answer_help "$@"
  for argument in "$@"; do
    [[ $argument != -* ]] || fail 64 "there is no option '$argument'" "see: $0 --help"
  done
  (($# <= count)) || fail 64 "too many arguments" "see: $0 --help"
}

# absolute PATH: of what the caller names.
absolute() { (cd "$called_from" && realpath -m -- "$1"); }

# need_root WHY: network namespaces, BPF and AF_XDP need all of root's capabilities.
need_root() {
  ((EUID == 0)) || fail "$exit_no_permission" "$1 needs root" "run: sudo $0"
}

# is_installed PACKAGE: for any architecture; dpkg-query says one line for each.
is_installed() { grep -qx installed < <(dpkg-query -W -f '${db:Status-Status}\n' "$1" 2>/dev/null); }

# need_packages NAME…: installs the Debian packages that are missing. When none is missing it needs neither root nor network.
need_packages() {
  local package missing=()
  command -v dpkg-query >/dev/null ||
    fail "$exit_unavailable" "this is not a Debian system; install what these Debian packages hold," \
      "$*" "then run by hand: Scripts/bpf && swift build -c release"
  for package in "$@"; do
    is_installed "$package" || missing+=("$package")
  done
  ((${#missing[@]})) || return 0
  ((EUID == 0)) ||
    fail "$exit_no_permission" "Debian packages are missing" "run: sudo apt-get install ${missing[*]}"
  say "installing ${missing[*]}"
  export DEBIAN_FRONTEND=noninteractive
  local options=(-qq -y --no-install-recommends -o DPkg::Lock::Timeout=300)
  # A repository of somebody else's that does not answer is no reason to stop: the installation tells.
  apt-get -qq update || true
  apt-get "${options[@]}" install "${missing[@]}" </dev/null >/dev/null ||
    fail "$exit_unavailable" "apt-get could not install ${missing[*]}" "look at what it said above; try: apt-get update"
  # Open vSwitch is started for the runs that need it only.
  if [[ " ${missing[*]} " == *" openvswitch-switch "* && -d /run/systemd/system ]]; then
    systemctl disable --quiet --now openvswitch-switch || true
  fi
}

# has_kernel ROOT VERSIONS: whether a kernel whose version matches lies there with its modules, in usr/lib where packages
# have them that are not installed.
has_kernel() {
  local kernel version
  for kernel in "$1"/boot/vmlinuz-$2; do
    version=${kernel##*/vmlinuz-}
    [[ ! -d $1/lib/modules/$version/kernel && ! -d $1/usr/lib/modules/$version/kernel ]] || return 0
  done
  return 1
}

# need_guest_kernel: unpacks Debian's kernel for clouds into $guest_kernel, unless one is there or installed.
need_guest_kernel() {
  local package new=$guest_kernel.new
  if has_kernel '' '*-cloud-*' || has_kernel "$guest_kernel" '*'; then return 0; fi
  say "unpacking linux-image-cloud-amd64 into $guest_kernel"
  apt-get -qq update || true
  # The package of this name only names the one that holds the kernel; without apt's lists nothing does.
  package=$(apt-cache depends linux-image-cloud-amd64 2>/dev/null | sed -n 's/^ *Depends: //p' | head -n 1) || true
  temporary+=("$new")
  rm -rf "$new"
  mkdir -p "$new"
  (cd "$new" && apt-get -qq download "${package:-linux-image-cloud-amd64}" 2>/dev/null) ||
    fail "$exit_unavailable" "apt-get could not download ${package:-linux-image-cloud-amd64}" "try: apt-get update"
  dpkg-deb --extract "$new"/*.deb "$new"
  rm "$new"/*.deb
  rm -rf "$guest_kernel"
  mv -T "$new" "$guest_kernel"
}

# swift_version PROGRAM: prints "6.3" for Swift 6.3.1; nothing when it does not run.
swift_version() {
  "$1" --version 2>/dev/null | sed -n 's/.*Swift version \([0-9]*\.[0-9]*\).*/\1/p' | head -n 1 || true
}

# toolchain_directories: where a Swift toolchain may lie, the newest first. sudo keeps neither PATH nor HOME,
# so the home of the user who called it is searched too.
toolchain_directories() {
  local home homes=("${HOME:-/root}")
  [[ -z ${SUDO_USER:-} ]] || homes+=("$(getent passwd "$SUDO_USER" | cut -d: -f6)")
  shopt -s nullglob
  local found=(/opt/swift*/usr/bin /opt/swift*/bin /usr/local/swift*/usr/bin /usr/share/swift*/usr/bin
    /usr/libexec/swift*/bin /usr/libexec/swift/*/bin /usr/lib/swift*/bin)
  for home in "${homes[@]}"; do
    found+=("$home"/.local/share/swiftly/toolchains/*/usr/bin "$home"/.swiftly/toolchains/*/usr/bin
      "$home"/.local/share/swiftly/bin "$home"/swift*/usr/bin "$home"/.local/swift*/usr/bin)
  done
  shopt -u nullglob
  ((${#found[@]} == 0)) || printf '%s\n' "${found[@]}" | sort -rV
}

# find_swift: puts a Swift 6.2 or newer at the end of PATH when PATH has none.
find_swift() {
  local directory version
  while read -r directory; do
    [[ -x $directory/swift ]] || continue
    if grep -q 'not found' < <(ldd "$directory/swift-build" 2>/dev/null); then need_packages "${toolchain_packages[@]}"; fi
    version=$(swift_version "$directory/swift")
    if [[ -n $version && $(printf '6.2\n%s\n' "$version" | sort -V | head -n 1) == 6.2 ]]; then
      # Behind the system's programs, since a toolchain brings a clang of its own; in front of an older swift only.
      PATH=$PATH:$directory
      [[ $(command -v swift) -ef $directory/swift ]] || PATH=$directory:$PATH
      export PATH
      return 0
    fi
  done < <(
    if command -v swift >/dev/null; then dirname "$(command -v swift)"; fi
    toolchain_directories
  )
  fail "$exit_unavailable" "no Swift toolchain 6.2 or newer found in PATH, /opt/swift*, /usr/local, or a home directory" \
    "install one: unpack the Debian 12 tarball of https://www.swift.org/install/linux/ so that /opt/swift/usr/bin/swift exists," \
    "or run swiftly (https://www.swift.org/swiftly/) and then this script again"
}

# trust_checkout: lets git and SwiftPM work as root in a clone that belongs to the user who called sudo, and that user
# build without it afterwards.
trust_checkout() {
  ((EUID == 0)) || return 0
  local n=${GIT_CONFIG_COUNT:-0}
  # Left by that user's last build; root may not open them (fs.protected_regular).
  find "$(dirname "$(build_locks)")" -maxdepth 1 -name "$(basename "$(build_locks)")*.lock" ! -uid 0 -delete
  export GIT_CONFIG_COUNT=$((n + 1)) "GIT_CONFIG_KEY_$n=safe.directory" "GIT_CONFIG_VALUE_$n=*"
  written+=(.build bpf/build Sources/CMillraceBPF/{millrace,millrace_plain,order}_bpf.inc Package.resolved)
}

# build_locks: what the names of SwiftPM's lock files for this clone begin with.
build_locks() { echo "${TMPDIR:-/tmp}/${repo//\//_}_.build"; }

# What a run as root under sudo leaves behind (`written`) is given to the user who called it, what is `temporary` goes. A
# script adds to both, and defines `cleanup` when it has something else to undo.
written=() temporary=() child=
at_exit() {
  local status=$? path
  set +e
  # Undoing is not broken off.
  trap '' HUP INT TERM
  # The signal may have come before its number was known.
  [[ $child != starting ]] || child=$(jobs -pr | tail -n 1)
  [[ ! $child ]] || end_child "$status"
  if declare -F cleanup >/dev/null; then cleanup; fi
  rm -rf -- "${temporary[@]}"
  if ((EUID == 0 && ${#written[@]})) && [[ -n ${SUDO_UID:-} && ${SUDO_UID} != 0 ]]; then
    for path in "${written[@]}"; do
      # What belongs to anybody else stays theirs.
      [[ ! -e $path ]] || chown -R --no-dereference --from=0 "$SUDO_UID:${SUDO_GID:-$SUDO_UID}" "$path"
    done
    rm -f "$(build_locks)"*.lock
  fi
  # By the signal itself: whatever started the script then goes on with nothing else.
  case $status in
    129 | 130 | 143) trap - HUP INT TERM && kill -"$((status - 128))" $$ ;;
  esac
  exit "$status"
}
trap at_exit EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 143' TERM

# writes PATH…: what will be written there; what is there already is not the script's to give away.
writes() {
  local path
  for path in "$@"; do
    [[ ! -e $path ]] || continue
    # The directories above it are made on the way.
    while [[ ! -e $(dirname "$path") ]]; do path=$(dirname "$path"); done
    written+=("$path")
  done
}

# run_child COMMAND…: for what takes long. Bash obeys a signal at once while it waits for a command in the background, but
# only after one in the foreground; and it starts the former without standard input and SIGINT.
run_child() {
  local status=0
  child=starting
  env --default-signal=INT,QUIT "$@" <&0 &
  child=$!
  wait "$child" || status=$?
  child=
  return "$status"
}

# end_child STATUS: ends it when the script ends with this status before it.
end_child() {
  local signal tries
  # Ctrl-C has reached it, too, and a second SIGINT would end swift test before its tests.
  (($1 != 130)) || sleep 1
  # SIGINT is what swift test ends its tests on.
  for signal in INT TERM KILL; do
    kill -"$signal" "$child" 2>/dev/null || return 0
    for ((tries = 0; tries < 300; tries++)); do
      kill -0 "$child" 2>/dev/null || return 0
      sleep 0.1
    done
  done
}

# experiment NAME DIRECTORY OPTION…: runs it; the directory is for its report.
experiment() {
  writes "$2"
  # These two are made anew and take the place of those that were there.
  written+=("$2/report.json" "$2/index.html")
  run_child .build/release/millrace experiment run "$1" --out "${@:2}"
}

# build_release [FLAG…]: bpf/ first, then everything in Swift, which embeds it. Further arguments go to swift build.
build_release() {
  need_packages "${build_packages[@]}"
  find_swift
  trust_checkout
  say "compiling bpf/"
  Scripts/bpf
  say "building with $(command -v swift), release"
  run_child swift build -c release "$@"
}
