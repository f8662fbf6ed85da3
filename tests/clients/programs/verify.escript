#!/usr/bin/env escript
%% Erlang/OTP as a verifier's client: public_key:pkix_crls_validate with complete lists and deltas.
%%
%%   escript verify.escript crl CERT CA,CA,… LIST,LIST,…
%%
%% Files are PEM. Prints good, revoked, or refused with the reason.

-include_lib("public_key/include/public_key.hrl").

read(File) ->
    {ok, Content} = file:read_file(File),
    [{_, Der, _} | _] = public_key:pem_decode(Content),
    Der.

main(["crl", File, Issuers, Lists]) ->
    Otp = public_key:pkix_decode_cert(read(File), otp),
    Anchors = [public_key:pkix_decode_cert(read(Each), otp) || Each <- string:tokens(Issuers, ",")],
    [Issuer | _] = [Each || Each <- Anchors, signed_by(read(File), Each)] ++ Anchors,
    Ders = [read(Each) || Each <- string:tokens(Lists, ",")],
    %% A delta stands among the others; public_key pairs it with its base.
    Points = [{Point, {Der, public_key:der_decode('CertificateList', Der)}} || Point <- points(Otp), Der <- Ders],
    Verdict = public_key:pkix_crls_validate(Otp, Points, [{issuer_fun, {fun(_, _, _, _) -> {ok, Issuer, []} end, []}}]),
    io:format("~s~n", [text(Verdict)]);
main(_) ->
    io:format("usage: verify.escript crl CERT CAS LISTS~n"), halt(2).

signed_by(Der, Anchor) ->
    Key = Anchor#'OTPCertificate'.tbsCertificate#'OTPTBSCertificate'.subjectPublicKeyInfo,
    public_key:pkix_verify(Der, Key#'OTPSubjectPublicKeyInfo'.subjectPublicKey).

points(Otp) ->
    Extensions = Otp#'OTPCertificate'.tbsCertificate#'OTPTBSCertificate'.extensions,
    [Point || #'Extension'{extnID = ?'id-ce-cRLDistributionPoints', extnValue = Value} <- Extensions, Point <- Value].

text(valid) -> "good";
text({bad_cert, {revoked, _}}) -> "revoked";
text({bad_cert, Reason}) -> io_lib:format("refused: ~p", [Reason]).
