# Serves 200 files of different sizes, which are made first: what nginx reads often stays in the page cache of its cgroup.
set -eu
mkdir "$LAB_FOLDER/files"
chmod 755 "$LAB_FOLDER" "$LAB_FOLDER/files"
awk -v seed="$LAB_SEED" -v mean=$((LAB_BOUND_BYTES / 200)) 'BEGIN {
  srand(seed)
  for (i = 0; i < 200; i++) print i, int(mean * (0.2 + 1.6 * rand()))
}' | while read -r name size; do head -c "$size" /dev/urandom >"$LAB_FOLDER/files/$name"; done
cat >"$LAB_FOLDER/nginx.conf" <<CONF
daemon off; worker_processes 2; pid $LAB_FOLDER/pid; error_log $LAB_FOLDER/error.log;
events {}
http {
  access_log $LAB_FOLDER/access.log; client_body_temp_path $LAB_FOLDER/body; gzip on; gzip_types *;
  server { listen unix:$LAB_SOCKET; root $LAB_FOLDER/files; }
}
CONF
exec nginx -c "$LAB_FOLDER/nginx.conf"
