using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Jint.Native;
using PolicyMTA.Sdk;

namespace PolicyMTA.Policy.Scripting.Contexts;

/// <summary>What is known of the session, as policies see it.</summary>
internal static class SessionObjects
{
    private static readonly Record ClientRecord = new("ip", "port", "name", "reverse_name", "network", "proxied_by", "in_my_networks");
    private static readonly Record ServerRecord = new("ip", "port", "name");
    private static readonly Record SessionRecord = new("id", "policy", "vars");
    private static readonly Record HeloRecord = new("name", "esmtp");
    private static readonly Record TlsRecord = new("version", "cipher", "bits", "sni", "client_cert");
    private static readonly Record CertificateRecord = new("subject", "issuer", "fingerprint", "public_key_fingerprint", "verified");
    private static readonly Record SaslRecord = new("user", "mechanism");
    private static readonly Record AttemptRecord = new("mechanism", "user", "result");

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
        state.Engine.Engine, Record.Text(state.Context.Session.Id), Record.Text(state.Engine.Policies.Hash), state.Engine.Host.VarsObject());

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
