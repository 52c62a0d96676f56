using System.Net;

namespace PolicyMTA.Receiving;

/// <summary>A socket that the service manager bound for us: <c>systemd:NAME</c> or, of several with one name, <c>systemd:NAME#2</c>.</summary>
/// <param name="name">Its <c>FileDescriptorName</c>.</param>
/// <param name="number">Which one of that name, from 1.</param>
public sealed class InheritedEndPoint(string name, int number) : EndPoint
{
    /// <summary>Its <c>FileDescriptorName</c>.</summary>
    public string Name { get; } = name;
    /// <summary>Which one of that name, from 1.</summary>
    public int Number { get; } = number;

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is InheritedEndPoint other && (other.Name, other.Number) == (Name, Number);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Name, Number);

    /// <inheritdoc/>
    public override string ToString() => Number == 1 ? $"systemd:{Name}" : $"systemd:{Name}#{Number}";
}
