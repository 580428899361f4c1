#!/bin/sh
# Fetches and unpacks the BoringSSL source that Debian ships, android-platform-external-boringssl
# 14.0.0+r45, with an apt state of its own: the machine's apt configuration stays as it is.
# usage: fetch.sh DIRECTORY      leaves the source tree in DIRECTORY, nothing if the hash is wrong
set -eu
directory=$1
want=f9223e8c15ad5d9e3f1cd50861f4c272658864661e2332bea5d60952aa0930cd
[ -e "$directory/android-sources.cmake" ] && exit 0

state=$(mktemp -d)
trap 'rm -rf "$state"' EXIT
archive=$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' | grep '/debian/\?$' | head -n 1)
mkdir -p "$state/lists/partial" "$state/cache/archives/partial" "$state/sources" "$state/download"
cat >"$state/sources/one.sources" <<END
Types: deb-src
URIs: $archive
Suites: trixie
Components: main
Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg
END
cat >"$state/apt.conf" <<END
Dir::Etc::sourcelist "/dev/null";
Dir::Etc::sourceparts "$state/sources";
Dir::State::lists "$state/lists";
Dir::Cache "$state/cache";
APT::Sandbox::User "root";
END
export APT_CONFIG="$state/apt.conf"
apt-get -qq update
cd "$state/download"
# The archive may no longer hold the .dsc of this version; the .orig.tar.xz is all that is needed.
apt-get -qq --download-only source --only-source android-platform-external-boringssl >apt.log 2>&1 || true
tarball=$(ls android-platform-external-boringssl_*.orig.tar.xz 2>/dev/null) || { cat apt.log >&2; exit 1; }
echo "$want  $tarball" | sha256sum --check --quiet -

mkdir -p "$state/tree" "$(dirname "$directory")"
tar -xJf "$tarball" -C "$state/tree" --strip-components=1
rm -rf "$directory"
mv "$state/tree" "$directory"
