using System.Net.Sockets;
using PolicyMTA.Delivery;

namespace PolicyMTA.Configuration;

/// <summary>A section <c>[services.NAME]</c>: a command that is started for each connection to a socket of ours. An immutable value.</summary>
/// <param name="Spawn">The command and how it is run.</param>
/// <param name="Listen">The socket.</param>
/// <param name="Mode">Who may connect.</param>
/// <param name="Position">Where the section stands.</param>
internal sealed record ServiceSection(SpawnSettings Spawn, UnixDomainSocketEndPoint Listen, UnixFileMode Mode, SourcePosition Position)
{
    /// <summary>Its name.</summary>
    public string Name => Spawn.Name;
}
