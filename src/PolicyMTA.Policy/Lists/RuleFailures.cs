using Microsoft.Extensions.Logging;
using PolicyMTA.Sdk;

namespace PolicyMTA.Policy.Lists;

/// <summary>What a rule that fails costs: the client reads a bland 451, the cause goes to the log.</summary>
internal sealed partial class RuleFailures(ILogger logger)
{
    private static readonly Verdict.Refuse LookupError = new(451, new EnhancedStatus(4, 3, 0), "Temporary lookup failure") { Frame = ReplyFrame.Item };
    private static readonly Verdict.Refuse RuleError = new(451, new EnhancedStatus(4, 3, 0), "Temporary server error") { Frame = ReplyFrame.None };
    private static readonly Verdict.Refuse PolicyMistake = new(451, new EnhancedStatus(4, 3, 5), "Server configuration error") { Frame = ReplyFrame.None };
    private static readonly Verdict.Refuse Rejected = new(554, new EnhancedStatus(5, 7, 1), "Access denied");

    public Verdict OfRestriction(RestrictionRule rule, ClientContext context, Exception cause)
    {
        Log.RestrictionFailed(logger, context.Session.Id, rule.Name, rule.Plugin, cause);
        return cause is TemporaryFailureException ? LookupError : RuleError;
    }

    public Verdict NoVerdict(RestrictionRule rule, ClientContext context)
    {
        Log.NoVerdict(logger, context.Session.Id, rule.Name, rule.Plugin);
        return RuleError;
    }

    /// <summary>A function failed: its declared fallback decides.</summary>
    public Verdict OfFunction(Rule rule, Fallback fallback, ClientContext context, string cause)
    {
        Log.FunctionFailed(logger, context.Session.Id, rule.Name, rule.Place.File, rule.Place.Line, fallback, cause);
        return fallback switch
        {
            Fallback.Dunno => Verdict.Dunno,
            Fallback.Reject => Rejected,
            _ => RuleError,
        };
    }

    /// <summary>The policy itself is wrong: never a permit, whatever the fallback.</summary>
    public Verdict OfPolicy(Rule rule, ClientContext context, string cause)
    {
        Log.PolicyMistake(logger, context.Session.Id, rule.Name, rule.Place.File, rule.Place.Line, cause);
        return PolicyMistake;
    }

    /// <summary>A function failed too often: it is left alone for a while.</summary>
    public void Opened(Rule rule, ClientContext context) =>
        Log.RuleOpened(logger, context.Session.Id, rule.Name, rule.Place.File, rule.Place.Line, RuleBreaker.Limit, RuleBreaker.Pause.TotalSeconds);

    /// <summary>It works again.</summary>
    public void Closed(Rule rule, ClientContext context) => Log.RuleClosed(logger, context.Session.Id, rule.Name, rule.Place.File, rule.Place.Line);

    public void WouldReject(Rule rule, ClientContext context, Verdict.Refuse refuse) =>
        Log.RejectWarning(logger, context.Session.Id, rule.Name, refuse.Code, RefusalFraming.Neuter(refuse.Text, 200));

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Warning, Message = "{Session}: restriction {Rule} of plugin {Plugin} failed")]
        public static partial void RestrictionFailed(ILogger logger, string session, string rule, string plugin, Exception cause);

        [LoggerMessage(Level = LogLevel.Warning, Message = "{Session}: restriction {Rule} of plugin {Plugin} gave no verdict")]
        public static partial void NoVerdict(ILogger logger, string session, string rule, string plugin);

        [LoggerMessage(Level = LogLevel.Warning, Message = "{Session}: rule {Rule} ({File}:{Line}) failed, its fallback is {Fallback}: {Cause}")]
        public static partial void FunctionFailed(ILogger logger, string session, string rule, string file, int line, Fallback fallback, string cause);

        [LoggerMessage(Level = LogLevel.Error, Message = "{Session}: rule {Rule} ({File}:{Line}) failed {Count} times in a row: it is not asked for {Seconds} s, and its fallback stands for it")]
        public static partial void RuleOpened(ILogger logger, string session, string rule, string file, int line, int count, double seconds);

        [LoggerMessage(Level = LogLevel.Warning, Message = "{Session}: rule {Rule} ({File}:{Line}) works again")]
        public static partial void RuleClosed(ILogger logger, string session, string rule, string file, int line);

        [LoggerMessage(Level = LogLevel.Error, Message = "{Session}: rule {Rule} ({File}:{Line}): {Cause}")]
        public static partial void PolicyMistake(ILogger logger, string session, string rule, string file, int line, string cause);

        [LoggerMessage(Level = LogLevel.Information, Message = "{Session}: reject_warning: {Rule} would reject: {Code} {Text}")]
        public static partial void RejectWarning(ILogger logger, string session, string rule, int code, string text);
    }
}
