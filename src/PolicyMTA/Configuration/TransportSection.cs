using PolicyMTA.Delivery;

namespace PolicyMTA.Configuration;

/// <summary>A section <c>[transports.NAME]</c>: a command that takes messages, or one of the clients with settings of its own. An immutable value.</summary>
/// <param name="Position">Where the section stands.</param>
internal abstract record TransportSection(SourcePosition Position)
{
    /// <summary>A command.</summary>
    /// <param name="Settings">The command and how it is run.</param>
    /// <param name="Position">Where the section stands.</param>
    public sealed record Pipe(PipeSettings Settings, SourcePosition Position) : TransportSection(Position);

    /// <summary>A client.</summary>
    /// <param name="Protocol"><c>smtp</c> or <c>lmtp</c>, which is also the prefix of its parameters.</param>
    /// <param name="Parameters">The parameters with its own over those of the whole server.</param>
    /// <param name="Position">Where the section stands.</param>
    public sealed record Client(string Protocol, Parameters Parameters, SourcePosition Position) : TransportSection(Position);
}
