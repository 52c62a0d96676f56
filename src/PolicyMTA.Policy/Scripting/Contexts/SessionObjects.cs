using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Jint.Native;
using PolicyMTA.Policy.Types;
using PolicyMTA.Sdk;

namespace PolicyMTA.Policy.Scripting.Contexts;

/// <summary>What is known of the session, as policies see it.</summary>
internal static class SessionObjects
{
    private static readonly Record ClientRecord = new(
        "Client", "ip: string", "port: number", "/** Verified, or 'unknown'. */ name: string", "/** Not verified, or 'unknown'. */ reverse_name: string",
        "/** The /24 or /64. */ network: string", "proxied_by: string | null", "in_my_networks: boolean");
    private static readonly Record ServerRecord = new("Server", "ip: string", "port: number", "name: string");
    private static readonly Record SessionRecord = new(
        "Session", "id: string", "/** Hash of the policies. */ policy: string", "/** What the client was answered so far. */ counters: SessionCounters", "/** Kept for the session, as JSON. */ vars: { [name: string]: any }");
    private static readonly Record CountersRecord = new("SessionCounters", "messages: number", "recipients: number", "refused_recipients: number", "errors: number");
    private static readonly Record HeloRecord = new("Helo", "name: string", "esmtp: boolean");
    private static readonly Record TlsRecord = new("Tls", "version: string", "cipher: string", "bits: number", "sni: string | null", "client_cert: ClientCertificate | null");
    private static readonly Record CertificateRecord = new(
        "ClientCertificate", "subject: string", "issuer: string", "fingerprint: string", "public_key_fingerprint: string", "verified: boolean");
    private static readonly Record SaslRecord = new("Sasl", "user: string", "mechanism: string");
    private static readonly Record AttemptRecord = new(
        "LoginAttempt", "mechanism: string", "/** Who it claims to be; null before that is known. */ user: string | null", "/** null before it is tried. */ result: 'success' | 'failure' | 'unavailable' | null");

    public static readonly IReadOnlyList<TypeDeclaration> Declarations =
        [ClientRecord.Declaration, ServerRecord.Declaration, SessionRecord.Declaration, CountersRecord.Declaration, HeloRecord.Declaration, TlsRecord.Declaration, CertificateRecord.Declaration, SaslRecord.Declaration, AttemptRecord.Declaration];

    public static JsValue Attempt(ContextState state) => state.Context is AuthContext { Attempt: var attempt }
        ? AttemptRecord.Create(state.Engine.Engine, Record.Text(attempt.Mechanism), Record.Text(attempt.User), Record.Text(attempt.Result switch
        {
            LoginResult.Succeeded => "success",
            LoginResult.Failed => "failure",
            LoginResult.Unavailable => "unavailable",
            _ => null,
        }))
        : JsValue.Undefined;

    public static JsValue Client(ContextState state)
    {
        var client = state.Context.Client;
        return ClientRecord.Create(
            state.Engine.Engine, Record.Text(client.Address.ToString()), JsNumber.Create(client.Port), Record.Text(client.Name), Record.Text(client.ReverseName),
            Record.Text(Network(client.Address)), Record.Text(client.ProxiedBy?.ToString()), client.IsInMyNetworks ? JsBoolean.True : JsBoolean.False);
    }

    public static JsValue Server(ContextState state)
    {
        var server = state.Context.Server;
        return ServerRecord.Create(state.Engine.Engine, Record.Text(server.Address.ToString()), JsNumber.Create(server.Port), Record.Text(server.Name));
    }

    public static JsValue Session(ContextState state) => SessionRecord.Create(
        state.Engine.Engine, Record.Text(state.Context.Session.Id), Record.Text(state.Engine.Policies.Hash), Counters(state), state.Engine.Host.VarsObject());

    private static JsObject Counters(ContextState state)
    {
        var counters = state.Context.Session.Counters;
        return CountersRecord.Create(
            state.Engine.Engine, JsNumber.Create(counters.Messages), JsNumber.Create(counters.Recipients), JsNumber.Create(counters.RefusedRecipients), JsNumber.Create(counters.Errors));
    }

    public static JsValue Helo(ContextState state) => state.Context.Helo is { } helo
        ? HeloRecord.Create(state.Engine.Engine, Record.Text(helo.Name), helo.IsExtended ? JsBoolean.True : JsBoolean.False)
        : JsValue.Null;

    public static JsValue Tls(ContextState state)
    {
        if (state.Context.Tls is not { } tls) return JsValue.Null;
        var certificate = tls.Certificate is { } c
            ? CertificateRecord.Create(
                state.Engine.Engine, Record.Text(c.Subject), Record.Text(c.Issuer), Record.Text(c.Fingerprint), Record.Text(c.PublicKeyFingerprint),
                c.IsVerified ? JsBoolean.True : JsBoolean.False)
            : JsValue.Null;
        return TlsRecord.Create(
            state.Engine.Engine, Record.Text(tls.Version), Record.Text(tls.Cipher), JsNumber.Create(tls.Bits), Record.Text(tls.ServerName), certificate);
    }

    public static JsValue Sasl(ContextState state) => state.Context.Sasl is { } sasl
        ? SaslRecord.Create(state.Engine.Engine, Record.Text(sasl.User), Record.Text(sasl.Mechanism))
        : JsValue.Null;

    /// <summary>The /24 or /64 an address stands in.</summary>
    public static string Network(IPAddress address)
    {
        var bits = address.AddressFamily == AddressFamily.InterNetwork ? 24 : 64;
        var bytes = address.GetAddressBytes();
        bytes.AsSpan(bits / 8).Clear();
        return string.Create(CultureInfo.InvariantCulture, $"{new IPAddress(bytes)}/{bits}");
    }
}
