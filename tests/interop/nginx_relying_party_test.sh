#!/usr/bin/env bash
# nginx as a relying party: it lets a client in with its authentication certificate as long as our OCSP says
# good, and refuses it after the revocation.

. "$(dirname "$0")/lib.sh"

command -v nginx >/dev/null || { echo "nginx is not installed: skipped"; exit 77; }
NGINX=
end_nginx() {
  local code=$?
  set +e
  [[ -z $NGINX ]] || { kill "$NGINX" 2>/dev/null || true; wait "$NGINX" 2>/dev/null || true; }
  (exit "$code")
  cleanup
}
trap end_nginx EXIT

init_authority '[crl]' 'scopes = "used"'
start_server
ca_pem auth
curl -fs "$URL/ca/ops.cer" | openssl x509 -inform DER -out "$WORK/ops.pem"
# nginx asks by plain GET over HTTP/1.0: it is known by its network.
jpki verifier add "Web Shop" --class authentication --private --ready --network 127.0.0.1/32 --quiet
for name in taro hanako; do
  resident=$(jpki resident add --name '模擬　太郎' --birth 1980-02-17 --sex male --municipality 132217 --address '東京都清瀬市模擬町１番')
  jpki cert issue "$resident" --key-pool "$SOURCE_DIR/testdata/keys" --out "$WORK/$name" --quiet
  openssl x509 -inform DER -in "$WORK/$name/auth.cer" -out "$WORK/$name.pem"
  declare "$name=$resident"
done

openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout "$WORK/shop.key" -out "$WORK/shop.pem" \
  -subj /CN=localhost -addext subjectAltName=DNS:localhost 2>/dev/null
SHOP_PORT=$(free_port)
mkdir -p "$WORK/nginx"
# start_nginx RESPONDER
start_nginx() {
  cat >"$WORK/nginx.conf" <<CONF
daemon off; master_process off; worker_processes 1; pid $WORK/nginx/pid; error_log $WORK/nginx.log info;
events { worker_connections 64; }
http {
  access_log off;
  client_body_temp_path $WORK/nginx; proxy_temp_path $WORK/nginx; fastcgi_temp_path $WORK/nginx;
  uwsgi_temp_path $WORK/nginx; scgi_temp_path $WORK/nginx;
  server {
    listen 127.0.0.1:$SHOP_PORT ssl;
    ssl_certificate $WORK/shop.pem; ssl_certificate_key $WORK/shop.key; ssl_session_cache off; ssl_session_tickets off;
    ssl_client_certificate $WORK/ca-auth.pem; ssl_verify_client on; ssl_ocsp leaf; ssl_ocsp_responder $1;
    location / { return 200 "\$ssl_client_verify\n"; }
  }
}
CONF
  nginx -c "$WORK/nginx.conf" -p "$WORK/nginx" -e "$WORK/nginx.log" 2>/dev/null &
  NGINX=$!
  for _ in $(seq 100); do
    (exec 3<>"/dev/tcp/127.0.0.1/$SHOP_PORT") 2>/dev/null && return
    kill -0 "$NGINX" 2>/dev/null || { cat "$WORK/nginx.log" >&2; fail "nginx ended at its start"; }
    sleep 0.1
  done
  fail "nginx is not ready"
}
stop_nginx() {
  kill "$NGINX"
  wait "$NGINX" || true
  NGINX=
}
# enter NAME: status and body of a visit to the shop.
enter() {
  curl -s -w '%{http_code}' --cacert "$WORK/shop.pem" --resolve "localhost:$SHOP_PORT:127.0.0.1" \
    --cert "$WORK/$1.pem" --key "$WORK/$1/auth.key" "https://localhost:$SHOP_PORT/" | tr '\n' ' '
}
# expect NAME PATTERN
expect() {
  local said
  said=$(enter "$1")
  [[ $said =~ $2 ]] || { tail -n 5 "$WORK/nginx.log" >&2; fail "$1: expected $2, and nginx says $said"; }
}

start_nginx "$URL/ocsp/auth"
echo "A good certificate gets in, again and again."
expect taro '^SUCCESS 200$'
expect taro '^SUCCESS 200$'
expect hanako '^SUCCESS 200$'

echo "Held: refused. Released: in again."
jpki event hold "$taro" --quiet
expect taro 400
expect hanako '^SUCCESS 200$'
jpki event release "$taro" --quiet
expect taro '^SUCCESS 200$'

echo "Revoked: refused for good."
jpki event death "$taro" --quiet
expect taro 400
grep -q 'certificate revoked while reading' "$WORK/nginx.log" || { tail "$WORK/nginx.log" >&2; fail "nginx gives another reason"; }
expect hanako '^SUCCESS 200$'

echo "A responder for another CA does not say good."
stop_nginx
start_nginx "$URL/ocsp/sign"
expect hanako 400
stop_nginx
stop_server
