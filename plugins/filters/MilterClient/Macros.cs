using System.Globalization;
using PolicyMTA.Sdk;

namespace PolicyMTA.Filters.MilterClient;

/// <summary>The values of macros at a moment (MILTER_README of Postfix); one without a value is not sent. Pure.</summary>
internal static class Macros
{
    /// <summary>Names and values in turn, as they are sent.</summary>
    internal static IReadOnlyList<string> Of(IReadOnlyList<string> names, MacroNames settings, ClientContext context)
    {
        var texts = new List<string>();
        foreach (var name in names)
        {
            if (Find(name, settings, context) is not { Length: > 0 } value && !settings.Defaults.TryGetValue(name, out value)) continue;
            texts.Add(name);
            texts.Add(value);
        }
        return texts;
    }

    private static string? Find(string name, MacroNames settings, ClientContext context) => name switch
    {
        "j" => context.Server.Name,
        "_" => context.Client.ToString(),
        "v" => settings.Version,
        "i" => (context as SenderContext)?.Transaction.QueueId?.Value,
        "{daemon_name}" => context.Server.DaemonName ?? settings.DaemonName,
        "{daemon_addr}" => context.Server.Address.ToString(),
        "{daemon_port}" => context.Server.Port.ToString(CultureInfo.InvariantCulture),
        "{client_addr}" => context.Client.Address.ToString(),
        "{client_name}" => context.Client.Name,
        "{client_ptr}" => context.Client.ReverseName,
        "{client_port}" => context.Client.Port.ToString(CultureInfo.InvariantCulture),
        "{client_resolve}" => context.Client.Name != "unknown" ? "OK" : context.Client.NameLookupFailed ? "TEMP" : "FAIL",
        "{auth_type}" => context.Sasl?.Mechanism,
        "{auth_authen}" => context.Sasl?.User,
        "{auth_author}" => context.Sasl is null ? null : (context as SenderContext)?.Mail.Auth,
        "{tls_version}" => context.Tls?.Version,
        "{cipher}" => context.Tls?.Cipher,
        "{cipher_bits}" => context.Tls?.Bits.ToString(CultureInfo.InvariantCulture),
        "{cert_subject}" => context.Tls?.Certificate?.Subject,
        "{cert_issuer}" => context.Tls?.Certificate?.Issuer,
        "{mail_addr}" => (context as SenderContext)?.Sender.ToString(),
        "{mail_host}" => (context as SenderContext)?.Sender.Domain,
        "{mail_mailer}" => context is SenderContext { Sender.IsNull: false } ? "smtp" : null,
        "{rcpt_addr}" => (context as RecipientContext)?.Recipient.Address.ToString(),
        "{rcpt_host}" => (context as RecipientContext)?.Recipient.Address.Domain,
        "{rcpt_mailer}" => context is RecipientContext { Recipient.Class: var of } ? Mailer(of) : null,
        _ => null,
    };

    private static string Mailer(AddressClass of) => of switch
    {
        AddressClass.Local => "local",
        AddressClass.VirtualMailbox => "virtual",
        AddressClass.Default => "smtp",
        _ => "relay",
    };
}
