using System.Text;

namespace PolicyMTA.Policy.Types;

/// <summary>An object that policies see: its members as TypeScript writes them (<c>"ip: string"</c>, <c>"/** Why. */ get(): number"</c>). They stand where the object is made. An immutable value.</summary>
/// <param name="Name">The interface's name.</param>
/// <param name="Members">The members, one a line.</param>
internal sealed record TypeDeclaration(string Name, params IReadOnlyList<string> Members)
{
    /// <summary>What it extends; null: nothing.</summary>
    public string? Extends { get; init; }

    /// <summary>A sentence above it.</summary>
    public string? Comment { get; init; }

    /// <summary>The members' names.</summary>
    public IReadOnlyList<string> Names { get; } = [.. Members.Select(NameOf)];

    /// <summary>Writes the interface.</summary>
    public void Write(StringBuilder text)
    {
        if (Comment is not null) text.Append($"  /** {Comment} */\n");
        text.Append($"  export interface {Name} {(Extends is null ? "" : $"extends {Extends} ")}{{\n");
        foreach (var member in Members) text.Append($"    {member};\n");
        text.Append("  }\n");
    }

    /// <summary>The name in a declaration: what stands before the type or the parameters.</summary>
    public static string NameOf(string member)
    {
        const string commentEnd = "*/ ";
        var start = member.IndexOf(commentEnd, StringComparison.Ordinal) is >= 0 and var end ? end + commentEnd.Length : 0;
        return member[start..(start + member.AsSpan(start).IndexOfAny(":(?"))];
    }
}
