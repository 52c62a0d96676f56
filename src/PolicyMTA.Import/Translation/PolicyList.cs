using System.Text;

namespace PolicyMTA.Import.Translation;

/// <summary>A policy file that holds one list of restrictions.</summary>
/// <param name="Title">What it was in Postfix.</param>
internal sealed record PolicyList(string Title)
{
    /// <summary>The rules, as JavaScript.</summary>
    public List<string> Rules { get; } = [];

    /// <summary>The classes it spreads, by the names they are imported under.</summary>
    public SortedDictionary<string, string> Classes { get; } = new(StringComparer.Ordinal);

    /// <summary>Further names to import, and the modules that have them, from the folder of the policies.</summary>
    public SortedDictionary<string, string> Imports { get; } = new(StringComparer.Ordinal);

    /// <summary>What had to be left out, as comments.</summary>
    public List<string> Comments { get; } = [];

    /// <summary>A list of its own with the same rules.</summary>
    public PolicyList Copy(string title)
    {
        var copy = new PolicyList(title);
        copy.Rules.AddRange(Rules);
        copy.Comments.AddRange(Comments);
        foreach (var (name, file) in Classes) copy.Classes[name] = file;
        foreach (var (name, module) in Imports) copy.Imports[name] = module;
        return copy;
    }

    /// <summary>The file.</summary>
    /// <param name="toPolicies">The way from its folder to that of the policies: <c>./</c>, <c>../</c>.</param>
    public string Write(string toPolicies)
    {
        var text = new StringBuilder($"// {Title}\n");
        foreach (var comment in Comments) text.Append("// ").Append(comment).Append('\n');
        var names = new List<string>();
        if (Rules.Exists(rule => rule.StartsWith("warn_if_reject", StringComparison.Ordinal))) names.Add("warn_if_reject");
        if (Rules.Exists(rule => rule.Contains("r.", StringComparison.Ordinal))) names.Add("restrictions as r");
        if (names.Count > 0) text.Append("import { ").AppendJoin(", ", names).Append(" } from 'policymta';\n");
        foreach (var (name, file) in Classes) text.Append($"import {name} from '{toPolicies}classes/{file}.js';\n");
        foreach (var (name, module) in Imports) text.Append($"import {{ {name} }} from '{toPolicies}{module}';\n");
        text.Append('\n');
        if (Rules.Count == 0) return text.Append("export default [];\n").ToString();
        text.Append("export default [\n");
        foreach (var rule in Rules) text.Append("  ").Append(rule).Append(",\n");
        return text.Append("];\n").ToString();
    }
}
