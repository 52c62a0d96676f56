using System.Globalization;
using PolicyMTA.Sdk;
using PolicyMTA.Smtp;

namespace PolicyMTA.Receiving.Sessions;

/// <summary>The administrator's own words for refusals: <c>smtpd_reject_filter_maps</c>, then <c>smtpd_reject_footer_maps</c> or <c>smtpd_reject_footer</c>.</summary>
internal static class RefusalWording
{
    /// <summary>The reply as the client reads it. What can't be looked up or read leaves it as it was.</summary>
    internal static async ValueTask<SmtpReply> FinishAsync(SmtpReply reply, SessionState session, ReceivingServices services, CancellationToken cancellationToken)
    {
        var generation = session.Generation;
        if (await FindAsync(generation.RejectFilterMaps, reply, session, services, cancellationToken) is { } other) reply = Read(other, reply, session, services);
        var own = await FindAsync(generation.RejectFooterMaps, reply, session, services, cancellationToken);
        var footer = own is null ? session.Service.RejectFooter : ReadFooter(own, session, services);
        return footer is null ? reply : footer.AppendTo(reply, name => SessionMacros.ValueOf(name, session.Facts, services.Time));
    }

    private static async ValueTask<string?> FindAsync(IReadOnlyList<ILookupTable> tables, SmtpReply reply, SessionState session, ReceivingServices services, CancellationToken cancellationToken)
    {
        if (tables.Count == 0) return null;
        var key = reply.ToString();
        try
        {
            foreach (var table in tables)
            {
                var found = await PluginCall.WithinAsync(table.FindFoldedAsync(key, cancellationToken), services.Time, cancellationToken);
                if (found.IsFailure) throw new TemporaryFailureException(found.Failure!);
                if (found.Value is { Length: > 0 } text) return text;
            }
        }
        catch (TemporaryFailureException failure)
        {
            SmtpSession.Log.LookupFailed(services.Log, session.Facts.Client.ToString(), failure.Message);
        }
        return null;
    }

    // Code, perhaps a status of the same class, text.
    private static SmtpReply Read(string text, SmtpReply original, SessionState session, ReceivingServices services)
    {
        if (text is not ['4' or '5', >= '0' and <= '9', >= '0' and <= '9', ' ', ..]) return Ignore(text, original, session, services);
        var rest = text[4..].TrimStart();
        var end = rest.IndexOf(' ', StringComparison.Ordinal);
        var hasStatus = EnhancedStatus.TryParse(end < 0 ? rest : rest[..end], out var status);
        if (hasStatus && status.Class != text[0] - '0') return Ignore(text, original, session, services);
        return original with
        {
            Code = int.Parse(text.AsSpan(0, 3), CultureInfo.InvariantCulture),
            Status = hasStatus ? status : null,
            Lines = [hasStatus ? end < 0 ? "" : rest[(end + 1)..] : rest],
        };
    }

    private static SmtpReply Ignore(string text, SmtpReply original, SessionState session, ReceivingServices services)
    {
        SmtpSession.Log.LookupFailed(services.Log, session.Facts.Client.ToString(), $"smtpd_reject_filter_maps: '{text}' is no refusal");
        return original;
    }

    private static ReplyFooter? ReadFooter(string text, SessionState session, ReceivingServices services)
    {
        try
        {
            return ReplyFooter.Parse(text);
        }
        catch (FormatException error)
        {
            SmtpSession.Log.LookupFailed(services.Log, session.Facts.Client.ToString(), $"smtpd_reject_footer_maps: {error.Message}");
            return null;
        }
    }
}
