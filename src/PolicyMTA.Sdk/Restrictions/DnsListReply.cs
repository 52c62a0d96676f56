using System.Globalization;

namespace PolicyMTA.Sdk;

/// <summary>Words the refusal of what a DNS list has: <c>rbl_reply_maps</c>, <c>default_rbl_reply</c>. Thread-safe.</summary>
internal sealed class DnsListReply
{
    public const string DefaultTemplate = "$rbl_code Service unavailable; $rbl_class [$rbl_what] blocked using $rbl_domain${rbl_reason?; $rbl_reason}";
    private const string Code = "maps_rbl_reject_code";
    private const string Template = "default_rbl_reply";
    private const string Templates = "rbl_reply_maps";
    /// <summary>As Postfix: the most of a list's own words.</summary>
    private const int LongestReason = 500;

    private readonly int _code;
    private readonly ReplyTemplate _template;
    private readonly TableList _templates;
    private readonly TimeProvider _time;

    /// <exception cref="ConfigurationException">A parameter is wrong.</exception>
    public DnsListReply(IPluginServices services)
    {
        _code = ReplyCode.From(services.Settings, Code);
        _templates = new TableList(services, Templates);
        _time = services.Time;
        var text = services.Settings.Text(Template);
        _template = FindMistake(text) is { } mistake ? throw new ConfigurationException($"{Template}: {mistake}") : ReplyTemplate.Parse(text);
    }

    public static void Declare(IPluginRegistry registry)
    {
        registry.AddSetting(Code, "554");
        registry.AddSetting(Templates, "");
        registry.AddSetting(Template, DefaultTemplate);
    }

    /// <summary>What is wrong with a template; null when nothing is.</summary>
    public static string? FindMistake(string text)
    {
        try
        {
            var unknown = ReplyTemplate.Parse(text).Names.FirstOrDefault(name => !DnsListMacros.Names.Contains(name));
            return unknown is null ? null : $"there is no macro '{unknown}'";
        }
        catch (FormatException error)
        {
            return error.Message;
        }
    }

    /// <summary>The refusal.</summary>
    /// <param name="list">The list that has it.</param>
    /// <param name="key">What it was asked.</param>
    /// <param name="item">What is refused.</param>
    /// <param name="what">The same, as the reply shows it.</param>
    /// <param name="context">The session.</param>
    /// <param name="cancellationToken">Ends the questions.</param>
    public async ValueTask<Verdict> RefuseAsync(DnsList list, string key, RefusedItem item, string what, ClientContext context, CancellationToken cancellationToken)
    {
        var reason = await list.FindReasonAsync(key, cancellationToken);
        var macros = new DnsListMacros(context, _time)
        {
            Code = _code.ToString(CultureInfo.InvariantCulture),
            Zone = list.Zone,
            Class = RefusedClass.NameOf(item),
            What = what,
            Reason = reason.Length > LongestReason ? reason[..LongestReason] : reason,
        };
        // Two calls: a pattern table is asked the first key of each alone.
        var own = await _templates.FindAsync([list.Specification], cancellationToken) ?? await _templates.FindAsync([list.Zone], cancellationToken);
        var mistake = own is null ? null : FindMistake(own);
        var template = own is null || mistake is not null ? _template : ReplyTemplate.Parse(own);
        return Read(template.Expand(macros.ValueOf, out _), item) with { Cause = mistake is null ? null : $"{Templates} has a wrong template for {list.Zone}: {mistake}" };
    }

    // A template begins with the code; a status may follow.
    private static Verdict.Refuse Read(string reply, RefusedItem item)
    {
        if (reply is not ['4' or '5', >= '0' and <= '9', >= '0' and <= '9', ' ', ..])
        {
            return Refusals.Of(Refusals.TemporaryCode, "4.7.1", "Service unavailable", item, ReplyFrame.None);
        }
        var code = int.Parse(reply.AsSpan(0, 3), CultureInfo.InvariantCulture);
        var text = reply[4..].Trim();
        var end = text.AsSpan().IndexOfAny(' ', '\t');
        var hasStatus = EnhancedStatus.TryParse(end < 0 ? text : text[..end], out var status);
        if (hasStatus) text = end < 0 ? "" : text[end..].Trim();
        return new Verdict.Refuse(code, (hasStatus ? status : new EnhancedStatus(4, 7, 1)).For(code), text.Length > 0 ? text : "Service unavailable")
        {
            Item = item,
            Frame = ReplyFrame.None,
        };
    }
}
