#!/usr/bin/env bash
# Makes the container image jpki:latest of a built program, with buildah or podman. Nothing runs in it meanwhile, and
# nothing is fetched.
#
#   make_image.sh PROGRAM CONTEXT_FOLDER [OPTIONS OF buildah OR podman, e.g. of another storage …]

set -euo pipefail
here=$(dirname "${BASH_SOURCE[0]}")
program=$1
context=$2
shift 2
builder=$(command -v buildah || command -v podman) ||
  { echo "make_image: an image needs buildah or podman: install one of them" >&2; exit 2; }

bash "$here/make_image_root.sh" "$program" "$context/root"
# Empty; COPYs of their own, which give them the image's user.
mkdir -p "$context/data" "$context/safety"
# In Docker's format, since OCI's has no health check.
"$builder" "$@" build --quiet --format docker --network host --isolation chroot --tag jpki \
  --file "$here/Containerfile" "$context" >/dev/null
rm -f "$context/jpki_image.tar"
"$builder" "$@" push --quiet jpki "docker-archive:$context/jpki_image.tar:jpki:latest"
