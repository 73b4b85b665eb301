#!/bin/sh
# Installs this release on a server that has Docker Engine with compose and nothing else, or upgrades the one that is there.
# Asks for what it must know; --answers FILE answers beforehand (lines NAME=value, see README.md). --help tells the rest.
set -eu
umask 022
HERE=$(cd "$(dirname "$0")" && pwd)
TO=/opt/crm ANSWERS='' MAKER='' YES=''

say() { printf '%s\n' "$*"; }
refuse() { printf 'install: %s\n' "$*" >&2; exit 1; }

usage() {
  say "usage: ./install.sh [--to DIR] [--answers FILE] [--maker KEY.pem] [--yes]"
  say "  --to DIR        where the suite lives (default /opt/crm)"
  say "  --answers FILE  lines NAME=value instead of questions"
  say "  --maker KEY     the maker's public key, if you have it from elsewhere: this bundle must be signed by it"
  say "  --yes           take the bundle's own key at the first installation without asking"
}

while [ $# -gt 0 ]; do
  case $1 in
    --to) TO=$2; shift 2 ;;
    --answers) ANSWERS=$2; shift 2 ;;
    --maker) MAKER=$2; shift 2 ;;
    --yes) YES=1; shift ;;
    --help | -h) usage; exit 0 ;;
    *) usage >&2; exit 2 ;;
  esac
done

# 1. What the machine has.
needs() {
  command -v "$1" >/dev/null 2>&1 || refuse "this machine has no \`$1\`; $2"
}
look_at_machine() {
  needs docker "install Docker Engine 20.10 or later"
  needs sha256sum "it comes with coreutils"
  needs openssl "it checks who made this bundle; Docker's own packages bring it along, else install it"
  docker info >/dev/null 2>&1 || refuse "Docker Engine does not answer; start it (systemctl start docker) and run this as root"
  compose=$(docker compose version --short 2>/dev/null) || refuse "Docker has no compose; install the compose plugin (2.24 or later)"
  rest=${compose#v} major=${compose#v}
  major=${major%%.*} rest=${rest#*.}
  [ "$major" -gt 2 ] || { [ "$major" -eq 2 ] && [ "${rest%%.*}" -ge 24 ]; } || refuse "Docker's compose is $compose; 2.24 or later is needed"
}
look_at_room() {
  free=$(df -Pm "$(docker info -f '{{.DockerRootDir}}' 2>/dev/null || echo /)" | awk 'NR==2 {print $4}')
  [ "$free" -ge "$NEEDS_DISK_MB" ] || refuse "$free MB are free where Docker keeps its images; this needs $NEEDS_DISK_MB. Free some and run it again."
}

# 2. Whether the bundle is whole, and who made it. The key of the first installation is the one that counts from then on.
verify() {
  key=$HERE/maker.pem
  if [ -f "$TO/maker.pem" ]; then
    key=$TO/maker.pem
  elif [ -n "$MAKER" ]; then
    key=$MAKER
  fi
  openssl dgst -sha256 -verify "$key" -signature "$HERE/SHA256SUMS.sig" "$HERE/SHA256SUMS" >/dev/null 2>&1 ||
    refuse "the bundle is not signed by $key: it was changed on its way, or made by somebody else. Nothing was installed."
  say "checking $(wc -l <"$HERE/SHA256SUMS") files"
  (cd "$HERE" && sha256sum --quiet -c SHA256SUMS) >&2 || refuse "the files above are damaged: copy the bundle again. Nothing was installed."
  if [ "$key" = "$HERE/maker.pem" ] && [ -z "$YES" ]; then
    say "This bundle is signed by the key with the fingerprint"
    say "  $(openssl pkey -pubin -in "$key" -outform DER | sha256sum | cut -d' ' -f1)"
    say "Compare it with the one you were given on another way (telephone, contract)."
    [ "$(ask 'Is it the same? (yes/no)' TRUST no)" = yes ] || refuse "not installed"
  fi
}

# A question; an answer from the file goes first. An empty answer takes the default.
ask() {
  given=''
  [ -z "$ANSWERS" ] || given=$(sed -n "s/^$2=//p" "$ANSWERS" | tail -1)
  if [ -z "$given" ] && [ -z "$ANSWERS" ]; then
    printf '%s [%s] ' "$1" "$3" >&2
    read -r given || refuse "no answer to: $1"
  fi
  printf '%s' "${given:-$3}"
}

# A question whose answer is looked at; the answer is in $given afterwards. A wrong one is asked for again, where a person answers.
question() {
  while :; do
    given=$(ask "$2" "$3" "$4")
    wrong=$("$1" "$given")
    [ -n "$wrong" ] || return 0
    [ -z "$ANSWERS" ] || refuse "$3: $wrong"
    say "  $wrong" >&2
  done
}

# What is wrong with an answer; nothing when it will do.
host_name() { case $1 in *[!A-Za-z0-9.-]* | '') say "'$1' is no host name; letters, digits, dots and hyphens" ;; esac; }
number() { case $1 in *[!0-9]* | '') say "'$1' is no number" ;; esac; }
kind() { case $1 in postgres | oracle) ;; *) say "'$1'; say postgres or oracle" ;; esac; }
dsn() { case $1 in *:*/?service_name=*) ;; *) say "'$1'; it looks like db.branch:1521/?service_name=CRMPDB" ;; esac; }
full_path() { case $1 in *[!A-Za-z0-9./_-]*) say "'$1'; letters, digits, dots and hyphens" ;; /*) ;; *) say "'$1' is no full path, such as /mnt/second/backups" ;; esac; }
zone_name() { [ ! -d /usr/share/zoneinfo ] || [ -f "/usr/share/zoneinfo/$1" ] || say "'$1' is no time zone; such as Asia/Shanghai"; }
chain() {
  [ -n "$1" ] || return 0
  [ -r "$1" ] || { say "$1 cannot be read"; return 0; }
  openssl x509 -in "$1" -noout 2>/dev/null || say "$1 is no PEM certificate"
}
its_key() {
  [ -r "$1" ] || { say "${1:-(empty)} cannot be read"; return 0; }
  [ "$(openssl x509 -in "$certificate" -noout -pubkey)" = "$(openssl pkey -in "$1" -pubout 2>/dev/null)" ] ||
    say "$1 does not belong to $certificate"
}

# 3. What this branch must say of itself.
ask_all() {
  question host_name 'Name or address by which browsers reach this server' HOST "$(hostname -f 2>/dev/null || hostname)"
  host=$given
  question number 'Port' PORT 443
  port=$given
  question chain "Certificate for it (a PEM file with the chain; empty: one of the branch's own authority)" CERTIFICATE ''
  certificate=$given key=''
  if [ -n "$certificate" ]; then
    question its_key 'Its key (PEM)' CERTIFICATE_KEY ''
    key=$given
  fi
  question kind 'Database: postgres (comes along) or oracle' DATABASE postgres
  database=$given oracle=''
  if [ "$database" = oracle ]; then
    question dsn 'Oracle as host:port/?service_name=NAME' ORACLE ''
    oracle=$given
  fi
  question full_path 'Folder for backups, on another disk if there is one' BACKUP "$TO/backup"
  backup=$given
  question zone_name 'Time zone' ZONE Asia/Shanghai
  zone=$given
}

write_settings() {
  address=https://$host https=$TO/private/certs/gateway
  [ -z "$certificate" ] || https=$TO/private/https
  [ "$port" = 443 ] || address=$address:$port
  {
    say "# Written by install.sh; every setting is explained in current/compose/.env.example. \`crm up\` applies a change."
    say "CRM_PUBLIC_URL=$address"
    say "CRM_HOST=$host"
    say "CRM_BIND=0.0.0.0"
    say "CRM_PORT=$port"
    say "CRM_ZONE=$zone"
    say "CRM_PRIVATE=$TO/private"
    say "CRM_BACKUP_DIR=$backup"
    say "CRM_DATABASE=$database"
    [ -z "$oracle" ] || say "CRM_ORACLE_DSN=$oracle"
    say "CRM_HTTPS_DIR=$https"
    [ -z "$ANSWERS" ] || sed -n 's/^SETTING_\(CRM_[A-Z_]*=.*\)/\1/p' "$ANSWERS"
  } >"$TO/settings.env"
  chmod 0640 "$TO/settings.env"
  mkdir -p "$backup"
  chown 10001:10001 "$backup"
  chmod 0700 "$backup"
  if [ -n "$certificate" ]; then
    mkdir -p "$TO/private/https"
    cp "$certificate" "$TO/private/https/tls.crt"
    cp "$key" "$TO/private/https/tls.key"
    chown -R 10001:10001 "$TO/private/https"
    chmod 0600 "$TO/private/https/tls.key"
  fi
}

# The files of a release lie beside those of the one before, so that there is a way back.
lay_down() {
  mkdir -p "$TO/releases"
  rm -rf "$TO/releases/$VERSION.unfinished"
  mkdir "$TO/releases/$VERSION.unfinished"
  cp -R "$HERE/compose" "$HERE/docs" "$HERE/sbom" "$HERE/release" "$HERE/manifest.json" "$HERE/crm" "$TO/releases/$VERSION.unfinished/"
  rm -rf "$TO/releases/$VERSION"
  mv "$TO/releases/$VERSION.unfinished" "$TO/releases/$VERSION"
}

load() {
  say "loading images (a minute or two)"
  docker load -q -i "$HERE/images.tar.gz" >/dev/null || refuse "Docker could not load the images; is its disk full?"
}

point_at() {
  ln -sfn "releases/$1" "$TO/current.new"
  mv -T "$TO/current.new" "$TO/current"
  ln -sfn current/crm "$TO/crm"
}

install_first() {
  ask_all
  mkdir -p "$TO"
  chmod 0755 "$TO"
  load
  lay_down
  write_settings
  point_at "$VERSION"
  cp "${MAKER:-$HERE/maker.pem}" "$TO/maker.pem"
  "$TO/crm" secrets
  "$TO/crm" certs
  say "starting; the first time takes up to three minutes"
  "$TO/crm" up || refuse "not everything came up; \`$TO/crm status\` says what, \`$TO/crm logs PART\` why. Run install.sh again once it is mended."
  printf 'VERSION=%s\nBEFORE=\n' "$VERSION" >"$TO/installed"
  "$TO/crm" welcome
}

# Two releases are kept: this one and the way back.
forget_older() {
  for folder in "$TO"/releases/*; do
    case ${folder##*/} in "$1" | "$2") continue ;; esac
    rm -rf "$folder"
    for image in $(docker images --filter "reference=crm/*:${folder##*/}" --format '{{.Repository}}:{{.Tag}}'); do
      docker image rm "$image" >/dev/null || true
    done
  done
}

upgrade() {
  # shellcheck disable=SC1091
  installed=$(sed -n 's/^VERSION=//p' "$TO/installed")
  if [ "$installed" = "$VERSION" ]; then
    say "$VERSION is installed already; applying it again"
  else
    fits=''
    set -f
    for pattern in $UPGRADES_FROM; do
      # shellcheck disable=SC2254  # a pattern is meant
      case $installed in $pattern) fits=1 ;; esac
    done
    set +f
    [ -n "$fits" ] || refuse "$VERSION can follow $UPGRADES_FROM, and $installed is installed: a step would be skipped. Install a bundle in between first (or \`$TO/crm back\` to go back). Nothing was changed."
  fi
  load
  say "backing up $installed"
  "$TO/crm" backup || refuse "the backup failed, so nothing was upgraded; \`$TO/crm logs backup\` says why"
  lay_down
  point_at "$VERSION"
  "$TO/crm" secrets
  "$TO/crm" certs
  say "upgrading $installed to $VERSION"
  if "$TO/crm" up && "$TO/crm" verify; then
    if [ "$installed" != "$VERSION" ]; then
      printf 'VERSION=%s\nBEFORE=%s\n' "$VERSION" "$installed" >"$TO/installed"
      forget_older "$VERSION" "$installed"
      say "\`$TO/crm back\` goes back to $installed; what is entered meanwhile stays."
    fi
    say "$VERSION runs."
    return
  fi
  "$TO/crm" status || true
  [ "$installed" != "$VERSION" ] || refuse "not everything runs; the list above says what"
  say "$VERSION does not run; going back to $installed" >&2
  # Else everything would wait for it while PostgreSQL is replaced (crm).
  "$TO/crm" compose stop backup || true
  point_at "$installed"
  "$TO/crm" up || refuse "going back failed, too; \`$TO/crm status\` says what is missing, $TO/current/docs/operations.md (Restore) how to bring the backup"
  refuse "$VERSION was not installed; $installed runs again and has all its data"
}

[ -z "$ANSWERS" ] || [ -r "$ANSWERS" ] || refuse "$ANSWERS cannot be read"
case $TO in
  *[!A-Za-z0-9/._-]*) refuse "--to takes a path of letters, digits, dots and hyphens" ;;
  /*) ;;
  *) refuse "--to takes a full path, such as /opt/crm" ;;
esac
look_at_machine
verify
# Not before it was verified: a shell reads it.
# shellcheck disable=SC1091
. "$HERE/release"
look_at_room
if [ -f "$TO/installed" ]; then upgrade; else install_first; fi
