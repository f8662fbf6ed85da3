#!/usr/bin/env bash
# The language of what is printed: --lang and the locale, messages of the server, help, answers, reports.

. "$(dirname "$0")/lib.sh"

ja() { jpki "$@" --lang ja; }

echo "Without a server: help and usage errors."
exits 0 "$JPKI" event --help --lang ja
says '住民、カード、鍵についての異動を記録する'
says '失効する証明書とその理由を表示し、何も記録しない'
says '^例:'
exits 2 "$JPKI" resident lis --lang ja
says 'コマンド `jpki resident lis` はありません（list のことですか）。`jpki resident --help` を参照してください'
exits 2 "$JPKI" resident add --lang ja
says 'を指定してください。`jpki resident add --help` を参照してください'
exits 3 ja resident list
says 'で jpki が応答しません。`jpki serve` で起動するか'
exits 2 "$JPKI" rules --lang fr
says '^jpki: --lang must be en or ja'

echo "The locale chooses where --lang does not."
exits 3 env LC_ALL=ja_JP.UTF-8 "$JPKI" resident list --data "$DATA"
says 'jpki が応答しません'
exits 3 env LC_ALL= LC_MESSAGES=ja_JP LANG=C "$JPKI" resident list --data "$DATA"
says 'jpki が応答しません'
exits 3 env LC_ALL=C LANG=ja_JP.UTF-8 "$JPKI" resident list --data "$DATA"
says 'no jpki answers'
exits 3 env LC_ALL=ja_JP.UTF-8 "$JPKI" resident list --data "$DATA" --lang en
says 'no jpki answers'
exits 3 env LC_ALL=ja_JP.eucJP "$JPKI" resident list --data "$DATA"
says 'no jpki answers'

init_authority '[crl]' 'scopes = "used"'
start_server
id=$(jpki resident add --name '模擬　太郎' --birth 1980-02-17 --sex male --municipality 132217 --address '東京都清瀬市模擬町１番')
jpki cert issue "$id" --key-pool "$SOURCE_DIR/testdata/keys" --out "$WORK/card" --quiet

echo "The server's messages come in the language of the command; machine words do not change."
exits 1 ja operator show nobody
exits 2 ja resident list --state gone
says 'state には resident、abroad、moved-out、removed のいずれかを指定してください'
exits 2 ja resident list --state gone --json
says '"code":"invalid_value","detail":"state には'
says '"field":"state"'
exits 2 jpki resident list --state gone
says 'the state must be resident'

echo "Answers to events, reports of imports, and what was issued."
exits 0 ja event address-change "$id" --address '東京都清瀬市模擬町２番' --dry-run
says "住民 $id の住所の変更（転居・転入）を記録した場合の結果です"
says '失効: sign-1/[0-9]*（署名用電子証明書、記録事項の変更等）、公的個人認証法第12条第1項第1号'
printf 'event,resident,address\naddress-change,%s,東京都清瀬市模擬町３番\nno-such-event,%s,\n' "$id" "$id" >"$WORK/feed.csv"
exits 1 ja events import "$WORK/feed.csv" --encoding utf-8
says '^3 行目: 異動 no-such-event はありません'
says '異動 1 件を記録、0 件は記録済み、1 件を拒否。証明書の変更は 1 枚（utf-8）'
exits 0 ja crl check --current
says '件、.* エントリを検査しました'
exits 0 ja requests list
says '承認待ちの要求はありません'

echo "Tables have Japanese headings: a word that is left in English is a name of the program or of a standard."
# in_japanese COMMAND…: no label (word:) and no column heading that is English alone.
in_japanese() {
  exits "${CODE:-0}" ja "$@"
  ! grep -nE '^ *[a-z][a-z_ -]*:( |$)' "$WORK/out.txt" || fail "a label in English: jpki $*"
  ! grep -nwE 'entries|ends|extra|covers|state|good|held|revoked|resident|kind|certificate|verifier|date|complete|delta|male|female|enabled' \
    "$WORK/out.txt" || fail "a word in English: jpki $*"
}
serial=$(jpki cert list "$id" --json | sed -n 's/.*"sign-1\/\([0-9]*\)".*/\1/p')
jpki event hold "$id" --quiet
jpki crl publish --quiet
bank=$(jpki verifier add '模擬銀行' --class specific-authentication --class signature --ready --network 127.0.0.1)
openssl x509 -inform DER -in "$WORK/card/sign.cer" -out "$WORK/sign.pem"
in_japanese resident show "$id"
says '氏名: *模擬　太郎'
says '性別: *男'
in_japanese resident list
in_japanese cert show sign "$serial"
says '^状態: *失効'
in_japanese cert list "$id"
in_japanese crl list --current
curl -fs "$URL/crl/sign/full.crl" -o "$WORK/full.crl"
exits 0 ja crl show "$WORK/full.crl"
says '件'
exits 10 ja ocsp query --cert "$WORK/card/sign.cer"
says '失効しています'
exits 10 ja ocsp query --cert "$WORK/card/auth.cer"
says '一時保留'
in_japanese verifier show "$bank"
jpki verifier suspend "$bank" --quiet
# What was answered is counted a moment later.
for _ in $(seq 100); do ja verifier report | grep -q '検証者の名称' && break; sleep 0.1; done
exits 0 ja verifier report
says '検証者の名称'
exits 0 ja check --store
says '^異常なし'
in_japanese ca list

echo "The API chooses by Accept-Language."
ask() { curl -s -D "$WORK/head.txt" --unix-socket "$DATA/admin.sock" "$@"; }
[[ $(ask -H 'Accept-Language: fr, ja;q=0.7, en;q=0.3' http://jpki/v1/nothing) == *'"title":"該当なし"'* ]] || fail "Japanese preferred"
grep -qi '^content-language: ja' "$WORK/head.txt" || fail "Content-Language: ja"
[[ $(ask -H 'Accept-Language: en, ja;q=0.7' http://jpki/v1/nothing) == *'"title":"Not Found"'* ]] || fail "English preferred"
grep -qi '^content-language: en' "$WORK/head.txt" || fail "Content-Language: en"
[[ $(ask http://jpki/v1/nothing) == *'"title":"Not Found"'* ]] || fail "English without a word"

echo "A planned day of long ago wants --yes, and what is to come stands apart."
exits 2 jpki event move-out "$id" --planned 2020-01-01
says 'lies more than 90 days in the past'
exits 0 jpki event move-out "$id" --planned "$(date -d '+10 days' +%F)" --dry-run
says '^still to come, if nothing else happens:'
stop_server
