using System.Globalization;
using System.Text;
using PolicyMTA.Addressing;
using PolicyMTA.Sdk;

namespace PolicyMTA.Receiving.Messages;

/// <summary>Whose message it is, for the fields that it lacks.</summary>
/// <param name="Id">The queue id.</param>
/// <param name="HostName"><c>myhostname</c>.</param>
/// <param name="Sender">The reverse-path after cleanup.</param>
/// <param name="FullName">The sender's name; null when nobody gave one.</param>
/// <param name="Now">Local time.</param>
internal sealed record HeaderOrigin(QueueId Id, string HostName, Address Sender, string? FullName, DateTimeOffset Now);

/// <summary>
/// The header section on its way into the queue, as Postfix's cleanup has it: addresses are completed and mapped, fields that RFC 5322 §3.6 asks for are added. A field in which no address
/// changes stays byte for byte; the mail of strangers stays as it is altogether unless <c>remote_header_rewrite_domain</c> or <c>always_add_missing_headers</c> say otherwise.
/// </summary>
internal sealed class HeaderCleanup(CleanupSettings settings, AddressRewriting rewriting)
{
    /// <param name="message">The message.</param>
    /// <param name="isLocal">True for our own users' mail and that of <c>local_header_rewrite_clients</c>.</param>
    /// <param name="origin">Whose it is.</param>
    /// <param name="cancellationToken">Ends the asking of tables.</param>
    /// <exception cref="TemporaryFailureException">A table could not say.</exception>
    internal async ValueTask RunAsync(ReceivedMessage message, bool isLocal, HeaderOrigin origin, CancellationToken cancellationToken)
    {
        var rewrites = isLocal || rewriting.RewritesRemoteHeaders;
        if (!rewrites && !settings.AlwaysAddsMissingHeaders) return;
        if (rewriting.OnlyCompletes && HeaderGlance.IsComplete(message.Start.Span, settings.UndisclosedRecipientsHeader.Length > 0)) return;
        var section = message.Section;
        // Larger than anybody's header section: it can be passed on, not changed.
        if (!section.IsWhole) return;
        if (rewrites) await RewriteAsync(section, isLocal ? RewriteContext.Local : RewriteContext.Remote, cancellationToken);
        AddMissing(section, origin);
    }

    private async ValueTask RewriteAsync(HeaderSection section, RewriteContext context, CancellationToken cancellationToken)
    {
        for (var i = 0; i < section.Fields.Count; i++)
        {
            var field = section.Fields[i];
            var use = AddressFields.UseOf(field.Name);
            if (use == AddressUse.None) continue;
            if (await HeaderAddresses.RewriteAsync(field.Value, rewriting, use, context, settings.HeaderAddressTokenLimit, cancellationToken) is { } value) section.Replace(i, value);
        }
    }

    // Postfix cleanup_message.c, in its order; the fields of who sends a message on are other ones (RFC 5322 §3.6.6).
    private void AddMissing(HeaderSection section, HeaderOrigin origin)
    {
        var prefix = section.Fields.Any(field => field.Name.StartsWith("Resent-", StringComparison.OrdinalIgnoreCase)) ? "Resent-" : "";
        var now = origin.Now;
        if (section.Find(prefix + "Message-Id") is null)
            section.Add(prefix + "Message-Id", string.Create(CultureInfo.InvariantCulture, $"<{now.UtcDateTime:yyyyMMddHHmmss}.{origin.Id}@{origin.HostName}>"), atTop: false);
        if (section.Find(prefix + "Date") is null) section.Add(prefix + "Date", ReceivedField.Date(now), atTop: false);
        if (section.Find(prefix + "From") is null) section.Add(prefix + "From", From(origin), atTop: false);
        if (settings.UndisclosedRecipientsHeader is not { Length: > 0 } undisclosed) return;
        if (section.Fields.Any(field => AddressFields.UseOf(field.Name) == AddressUse.HeaderRecipient && IsVisible(field.Name))) return;
        var colon = undisclosed.IndexOf(':', StringComparison.Ordinal);
        section.Add(undisclosed[..colon].Trim(), undisclosed[(colon + 1)..].Trim(), atTop: false);
    }

    private static bool IsVisible(string name) => name.EndsWith("To", StringComparison.OrdinalIgnoreCase) ? name.Length is 2 or 9 : name.EndsWith("Cc", StringComparison.OrdinalIgnoreCase) && !name.EndsWith("Bcc", StringComparison.OrdinalIgnoreCase);

    private static string From(HeaderOrigin origin)
    {
        var address = origin.Sender.IsNull ? $"MAILER-DAEMON@{origin.HostName}" : origin.Sender.ToEnvelope();
        if (origin.FullName is not { Length: > 0 } name) return address;
        // RFC 5322 §3.2.5: what is not all atoms and spaces is quoted.
        var isPlain = name.All(c => char.IsAsciiLetterOrDigit(c) || c > 127 || c == ' ' || "!#$%&'*+-/=?^_`{|}~".Contains(c, StringComparison.Ordinal));
        var phrase = new StringBuilder(name);
        if (!isPlain) phrase.Replace("\\", "\\\\").Replace("\"", "\\\"").Insert(0, '"').Append('"');
        return $"{phrase} <{address}>";
    }
}
