using System.Globalization;

namespace PolicyMTA.Policy;

/// <summary>A mistake in the policies, with its place. An immutable value.</summary>
/// <param name="File">The file, with the name of the root before it.</param>
/// <param name="Line">From 1; 0 when the whole file is meant.</param>
/// <param name="Column">From 1; 0 when the whole line or file is meant.</param>
/// <param name="Message">What is wrong, for the person who wrote it.</param>
public sealed record PolicyError(string File, int Line, int Column, string Message)
{
    /// <summary><c>file:line:column: message</c>.</summary>
    public override string ToString() => Line == 0
        ? $"{File}: {Message}"
        : string.Create(CultureInfo.InvariantCulture, $"{File}:{Line}:{Column}: {Message}");
}
