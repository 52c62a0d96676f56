using PolicyMTA.Configuration;
using PolicyMTA.Generations;

namespace PolicyMTA.Control;

/// <summary>What <c>GET /status</c> says.</summary>
internal sealed record StatusReply(string Version, int ProcessId, DateTimeOffset Started, string Generation, string Configuration, IReadOnlyList<EndpointReply> Listeners, IReadOnlyDictionary<string, long> Queue);

/// <summary>A listener and where it is bound.</summary>
internal sealed record EndpointReply(string Name, string Address);

/// <summary>A place and what is wrong there.</summary>
internal sealed record ErrorReply(string File, int Line, int Column, string Message)
{
    public static ErrorReply From(ConfigurationError error) => new(error.File, error.Line, error.Column, error.Message);

    public override string ToString() => File.Length == 0 ? Message : new ConfigurationError(File, Line, Column, Message).ToString();
}

/// <summary>How a reload, a rollback or a check ended.</summary>
internal sealed record GenerationReply(bool Succeeded, string Hash, IReadOnlyList<string> Changes, IReadOnlyList<ErrorReply> Errors, IReadOnlyList<ErrorReply> Warnings)
{
    public static GenerationReply From(ReloadResult result) =>
        new(result.Succeeded, result.Hash, result.Changes, [.. result.Errors.Select(ErrorReply.From)], [.. result.Warnings.Select(ErrorReply.From)]);

    public static GenerationReply Refused(string hash, IEnumerable<ConfigurationError> errors) => new(false, hash, [], [.. errors.Select(ErrorReply.From)], []);
}

/// <summary>What <c>GET /lookup</c> says: found, none, or a failure.</summary>
internal sealed record LookupReply(bool Found, string? Value, string? Failure);

/// <summary>How many messages a change of the queue touched.</summary>
internal sealed record TouchedReply(int Messages);

/// <summary>Why a request was refused.</summary>
internal sealed record RefusalReply(string Error);
