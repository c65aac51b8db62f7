# A service that writes its log into memory (/dev/shm) and never rotates it (kind bounded: rotates it by size).
set -eu
log=$LAB_FOLDER/log
head -c "$LAB_START_BYTES" /dev/zero >"$LAB_FOLDER/data"
while read -r plain leaky; do
  head -c $((leaky * LAB_LEAK_BYTES)) /dev/zero >>"$log"
  size=$(stat -c %s "$log")
  if [ "$LAB_BOUND_BYTES" -gt 0 ] && [ "$size" -gt "$LAB_BOUND_BYTES" ]; then : >"$log"; fi
done
