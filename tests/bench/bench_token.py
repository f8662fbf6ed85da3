"""OCSP answers signed by a token: SoftHSM's, which shows what the way to a token costs, not what a device does."""

import json
import os

from measure import Bench, alternately, median, median_ratio
from peers import Authority, Failure, free_port, run


def make_authority(context, folder, name, *keeping):
    """A fresh authority that answers everybody; its folder and ports."""
    data = os.path.join(folder, name)
    ports = {listener: free_port() for listener in ("verifier", "verifier_https", "admin_https", "ops")}
    config = data + ".toml"
    with open(config, "w", encoding="utf-8") as file:
        file.write(
            f'[urls]\npublic = "http://127.0.0.1:{ports["verifier"]}"\n[access]\nopen_to_all = true\n'
            '[crl]\nscopes = "used"\n[limits]\nasker_requests_per_second = 0\nstranger_requests_per_second = 0\n'
            "stranger_connections = 0\n[listen]\n"
        )
        file.writelines(f'{listener} = "127.0.0.1:{port}"\n' for listener, port in ports.items())
    run([context.jpki, "init", "--data", data, "--config", config, "--quiet", *keeping])
    return data, ports


def issue(context, data):
    """The serial number of a signing certificate of a new resident, and the CA's certificate."""
    resident = json.loads(
        run([context.jpki, "resident", "add", "--data", data, "--json", "--name", "山田太郎", "--birth", "1980-01-02"]
            + ["--sex", "male", "--municipality", "131016", "--address", "東京都千代田区1"])
    )["id"]
    card = os.path.join(data, "card")
    run([context.jpki, "cert", "issue", resident, "--data", data, "--generate-keys", "--out", card])
    certificate = ["openssl", "x509", "-in", os.path.join(card, "sign.cer"), "-inform", "DER", "-noout"]
    return int(run(certificate + ["-serial"]).strip().partition("=")[2], 16)


def token_vs_file(context):
    folder = os.path.abspath(context.folder("token"))
    tokens = os.path.join(folder, "tokens")
    os.makedirs(tokens)
    with open(os.path.join(folder, "softhsm2.conf"), "w", encoding="utf-8") as file:
        file.write(f"directories.tokendir = {tokens}\nlog.level = ERROR\n")
    os.environ["SOFTHSM2_CONF"] = os.path.join(folder, "softhsm2.conf")
    pin = os.path.join(folder, "pin")
    with open(os.open(pin, os.O_WRONLY | os.O_CREAT, 0o600), "w", encoding="utf-8") as file:
        file.write("246810\n")
    run(["softhsm2-util", "--init-token", "--free", "--label", "bench", "--pin", "246810", "--so-pin", "135790"])
    pin_options = ["--pin-file", pin]
    on_token = make_authority(context, folder, "on-token", "--token", "pkcs11:token=bench", *pin_options)
    in_files = make_authority(context, folder, "in-files", "--no-passphrase")
    with Authority(context.jpki, folder, on_token[0], on_token[1]["ops"], pin_options) as _:
        with Authority(context.jpki, folder, in_files[0], in_files[1]["ops"]) as _:
            def asking(data, ports):
                serial, ca = issue(context, data), os.path.join(data, "ca.cer")
                run(["curl", "-fs", "-o", ca, f"http://127.0.0.1:{ports['verifier']}/ca/sign.cer"])
                return lambda: context.load.ask(
                    ports["verifier"], ca, serial, nonce=32, connections=32, seconds=context.seconds
                )["rate"]
            token, files = alternately(context.rounds, asking(*on_token), asking(*in_files))
    if median(token) <= 0:
        raise Failure("the service with a token answered nothing")
    return median_ratio(token, files), (
        f"answers with a nonce of 32 bytes, RSA-2048: {median(token):,.0f}/s by jpki serve with its keys on a token of "
        f"SoftHSM 2 in the same process, {median(files):,.0f}/s with its keys in files; the load on the same cores, "
        f"{context.rounds} rounds in turn"
    )


BENCHES = {
    "pkcs11_signed_vs_file": Bench(token_vs_file, "times, more is better", "our keys in files"),
}
