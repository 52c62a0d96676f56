using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace PolicyMTA.Delivery.Local;

/// <summary>What is done with a message here, as the route of a recipient keeps it. An immutable value.</summary>
internal sealed record LocalDestination
{
    private const string Prefix = LocalTransport.Name + ":{";

    /// <summary>Into the mailbox of this user.</summary>
    public string? Mailbox { get; init; }
    /// <summary>Into this command.</summary>
    public string? Command { get; init; }
    /// <summary>Into this file, or with a slash at the end this maildir.</summary>
    public string? File { get; init; }
    /// <summary>Whose rights a command or file has; null: <c>default_privs</c>.</summary>
    public string? User { get; init; }
    /// <summary>The address for <c>Delivered-To</c>; null: the recipient's.</summary>
    public string? Delivered { get; init; }

    /// <summary>Reads what <see cref="ToRoute"/> wrote; false for the routes of others.</summary>
    public static bool TryRead(string? route, [NotNullWhen(true)] out LocalDestination? destination)
    {
        destination = null;
        if (route is null || !route.StartsWith(Prefix, StringComparison.Ordinal)) return false;
        try { destination = JsonSerializer.Deserialize(route[(LocalTransport.Name.Length + 1)..], LocalJson.Default.LocalDestination); }
        catch (JsonException) { return false; }
        return destination is { Mailbox: not null } or { Command: not null } or { File: not null };
    }

    /// <summary>The route that leads here.</summary>
    public string ToRoute() => $"{LocalTransport.Name}:{JsonSerializer.Serialize(this, LocalJson.Default.LocalDestination)}";
}

[JsonSourceGenerationOptions(DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull, PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(LocalDestination))]
internal sealed partial class LocalJson : JsonSerializerContext;
