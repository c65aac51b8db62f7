# A build machine: compiles a file with many functions whenever enough jobs have come.
set -eu
source=$LAB_FOLDER/unit.c
count=$((LAB_BOUND_BYTES / 40000))
awk -v n="$count" -v seed="$LAB_SEED" 'BEGIN {
  srand(seed)
  for (i = 0; i < n; i++)
    printf "double f%d(double *a, int n) { double s = %f; for (int i = 0; i < n; i++) { s += a[i] * %f; if (s > %d) s -= a[n - i]; } return s; }\n", i, rand(), rand(), 1000 * rand()
}' >"$source"
jobs=0
while read -r plain leaky; do
  jobs=$((jobs + plain))
  if [ "$jobs" -ge 250 ]; then
    jobs=0
    gcc -O1 -c "$source" -o "$LAB_FOLDER/unit.o"
  fi
done
