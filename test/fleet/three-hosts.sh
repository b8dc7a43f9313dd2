#!/bin/sh
# Three hosts in network namespaces with an sshd each, and a fourth one that gives them work. In the middle of the run one
# host is cut off from the network and one is killed.
#
#     three-hosts.sh FOLDER GPUDIAG     FOLDER holds bundles/; GPUDIAG is the program
#
# Prints what it did. Must be run as root; leaves nothing behind but FOLDER/work.
set -eu
folder=$1
gpudiag=$2
here=$(dirname "$(realpath "$0")")
id=gd$$
hub=$id-hub

end() {
  for name in a b c hub; do
    ip netns pids "$id-$name" 2>/dev/null | xargs -r kill -9 2>/dev/null || true
    ip netns del "$id-$name" 2>/dev/null || true
  done
}
trap end EXIT
trap 'exit 1' INT TERM HUP

ssh-keygen -q -t ed25519 -N '' -f "$folder/key"
ip netns add "$hub"
ip -n "$hub" link set lo up
ip -n "$hub" link add br0 type bridge
ip -n "$hub" addr add 10.77.0.1/24 dev br0
ip -n "$hub" link set br0 up
mkdir -p /run/sshd
: >"$folder/begun"
: >"$folder/hosts"
: >"$folder/known"
number=11
for name in a b c; do
  host=$id-$name
  ip netns add "$host"
  ip link add "v$name" netns "$hub" type veth peer name eth0 netns "$host"
  ip -n "$hub" link set "v$name" master br0 up
  ip -n "$host" addr add "10.77.0.$number/24" dev eth0
  ip -n "$host" link set eth0 up
  ip -n "$host" link set lo up
  ssh-keygen -q -t ed25519 -N '' -f "$folder/host-$name"
  # SHLVL: bash leaves the account's start files out inside another shell. What they do, or hang on, is no matter here.
  cat >"$folder/sshd-$name" <<CONFIG
ListenAddress 10.77.0.$number
HostKey $folder/host-$name
AuthorizedKeysFile $folder/key.pub
StrictModes no
PidFile none
PasswordAuthentication no
KbdInteractiveAuthentication no
PermitRootLogin prohibit-password
SetEnv SHLVL=1
CONFIG
  ip netns exec "$host" "$(command -v sshd)" -f "$folder/sshd-$name" -E "$folder/sshd-$name.log"
  echo "2/root@10.77.0.$number" >>"$folder/hosts"
  echo "10.77.0.$number $(cut -d' ' -f1,2 "$folder/host-$name.pub")" >>"$folder/known"
  number=$((number + 1))
done

# The first two jobs of each host go through; what b and c begin after that is not finished until something happens to them.
cat >"$folder/slow" <<SLOW
#!/bin/sh
host=\$(ip netns identify \$\$)
echo "\$host" >>"$folder/begun"
case \$host in
  *-a) ;;
  *) [ "\$(grep -c "\$host" "$folder/begun")" -le 2 ] || sleep 600 ;;
esac
exec $gpudiag "\$@"
SLOW
chmod +x "$folder/slow"
begun() {
  grep -c -- "-$1\$" "$folder/begun" 2>/dev/null || true
}

GPUDIAG=$folder/slow BATCH=2 SSH_OPTIONS="-i $folder/key -o UserKnownHostsFile=$folder/known" \
  ip netns exec "$hub" "$here/../../recipes/gnu-parallel/run.sh" "$folder/bundles" "$folder/hosts" "$folder/work" &
run=$!

waited=0
until [ "$(begun b)" -ge 3 ] && [ "$(begun c)" -ge 3 ]; do
  waited=$((waited + 1))
  [ "$waited" -lt 600 ] || { echo 'the hosts got no work'; exit 1; }
  sleep 0.1
done
ip -n "$hub" link set vb down
echo "host b was cut off after $(($(wc -l <"$folder/work/jobs.log") - 1)) jobs"
killed=0
while victims=$(ip netns pids "$id-c") && [ -n "$victims" ]; do
  killed=$((killed + $(echo "$victims" | wc -l)))
  # Some of them may have ended by themselves meanwhile.
  echo "$victims" | xargs kill -9 2>/dev/null || true
done
echo "host c was killed after $(($(wc -l <"$folder/work/jobs.log") - 1)) jobs: $killed processes"
wait "$run"
for name in a b c; do
  echo "host $name began $(begun "$name") jobs"
done
echo 'the run ended'
