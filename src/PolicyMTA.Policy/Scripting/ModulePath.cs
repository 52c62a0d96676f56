namespace PolicyMTA.Policy.Scripting;

/// <summary>Paths of modules, below the root, with <c>/</c>.</summary>
internal static class ModulePath
{
    /// <summary>The path that a relative specifier means; null when it is not relative or leaves the root.</summary>
    public static string? Resolve(string from, string specifier)
    {
        if (!specifier.StartsWith("./", StringComparison.Ordinal) && !specifier.StartsWith("../", StringComparison.Ordinal)) return null;
        var parts = from.Split('/')[..^1].ToList();
        foreach (var part in specifier.Split('/'))
        {
            if (part is "." or "") continue;
            if (part != "..") parts.Add(part);
            else if (parts.Count == 0) return null;
            else parts.RemoveAt(parts.Count - 1);
        }
        return string.Join('/', parts);
    }
}
