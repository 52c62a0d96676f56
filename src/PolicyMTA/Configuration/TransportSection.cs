using PolicyMTA.Delivery;

namespace PolicyMTA.Configuration;

/// <summary>A section <c>[transports.NAME]</c>: a command that takes messages.</summary>
/// <param name="Pipe">The command and how it is run.</param>
/// <param name="Position">Where the section stands.</param>
internal sealed record TransportSection(PipeSettings Pipe, SourcePosition Position);
