using PolicyMTA.Policy;
using PolicyMTA.Sdk;

namespace PolicyMTA.Receiving.Messages.Checks;

/// <summary>Looks at the header fields that milters write with <c>milter_header_checks</c>, and does what they say (Postfix cleanup_milter.c). One message's alone.</summary>
internal sealed class MilterHeaderChecks
{
    private readonly IReadOnlyList<ILookupTable> _tables;
    private readonly HeaderSection _section;
    private readonly TimeProvider _time;
    private readonly CheckLog _log;

    private MilterHeaderChecks(IReadOnlyList<ILookupTable> tables, HeaderSection section, TimeProvider time, CheckLog log)
    {
        (_tables, _section, _time, _log) = (tables, section, time, log);
        section.Watch();
    }

    /// <summary>Null when nothing is looked for. Fields that are written from now on are looked at.</summary>
    internal static MilterHeaderChecks? Of(ContentCheckSettings settings, ReceivedMessage message, TimeProvider time, CheckLog log) =>
        settings.MilterHeaderChecks.Count == 0 ? null : new MilterHeaderChecks(settings.MilterHeaderChecks, message.Section, time, log);

    /// <summary>Looks at what was written since it did last; what is to be done with the message, besides what was known before.</summary>
    /// <exception cref="TemporaryFailureException">A table could not say.</exception>
    internal async ValueTask<ContentFindings> CheckAsync(ContentFindings before, CancellationToken cancellationToken)
    {
        var findings = new FindingsCollector(before);
        foreach (var field in _section.TakeWritten())
        {
            var text = $"{field.Name}:{field.Value}".Replace("\r\n", "\n", StringComparison.Ordinal);
            if (await CheckTables.FindAsync(_tables, text, _time, cancellationToken) is { } value && Act(CheckAction.Read(value), field, findings)) break;
        }
        return findings.Findings;
    }

    /// <summary>True when nothing more is to be looked at.</summary>
    private bool Act(CheckAction action, HeaderField field, FindingsCollector findings)
    {
        var place = "header " + field.Name;
        if (action.FindMistake(isHeader: true) is { } mistake)
        {
            _log("warning", place, mistake);
            return false;
        }
        if (action.Name is not ("DUNNO" or "IGNORE")) _log(action.Name == "WARN" ? "milter-header-warning" : "milter-header-" + action.Name.ToLowerInvariant(), place, action.Told);
        switch (action.Name)
        {
            case "STRIP" or "IGNORE":
                _section.Exchange(field, null);
                return false;
            case "REPLACE":
                _section.Exchange(field, Read(action.Text));
                return false;
            case "PREPEND":
                _section.PutBefore(field, Read(action.Text));
                return false;
            default:
                return findings.Take(action) && action.Name is not "REDIRECT";
        }
    }

    private static HeaderField Read(string text)
    {
        var colon = text.IndexOf(':', StringComparison.Ordinal);
        return HeaderSection.Field(text[..colon].TrimEnd(), text[(colon + 1)..]);
    }
}
