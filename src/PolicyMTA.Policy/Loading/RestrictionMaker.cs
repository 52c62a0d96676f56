using System.Text.RegularExpressions;
using Jint;
using Jint.Native;
using PolicyMTA.Policy.Lists;
using PolicyMTA.Policy.Scripting;
using PolicyMTA.Sdk;

namespace PolicyMTA.Policy.Loading;

/// <summary>Makes the restrictions that files call for, once, with the place of each call. What fails is reported and leaves a gap, so that the rest is looked at too.</summary>
internal sealed partial class RestrictionMaker(IReadOnlyDictionary<string, RestrictionDeclaration> declarations, ErrorList errors)
{
    private readonly List<object> _made = [];

    public IReadOnlyList<object> Made => _made;

    public RestrictionHandle Make(Engine engine, string name, JsValue[] arguments)
    {
        var place = PlaceOf(engine.Advanced.StackTrace);
        var options = arguments.Length > 0 && arguments[^1] is JsObject last ? ScriptArguments.ToDictionary(engine, last) : [];
        var positional = arguments.Length > 0 && arguments[^1] is JsObject ? arguments[..^1] : arguments;
        var plain = new RestrictionArguments(name, [.. positional.Select(a => ScriptArguments.ToPlain(engine, a))], options);
        return new RestrictionHandle(engine, name, Make(name, plain, place));
    }

    public MadeRestriction Make(string name, RestrictionArguments arguments, Place place)
    {
        if (!declarations.TryGetValue(name, out var declaration))
        {
            var remedy = FormerRestrictions.FindSuccessor(name) is { } successor ? $" any more; write '{successor}'" : Suggestion.For(name, declarations.Keys);
            errors.Add(place, $"there is no restriction '{name}'{remedy}");
            return new MadeRestriction(null, null, place);
        }
        try
        {
            var instance = declaration.Create(arguments);
            _made.Add(instance);
            return new MadeRestriction(declaration, instance, place) { Signature = Sign(arguments) };
        }
        catch (ConfigurationException e)
        {
            errors.Add(place, e.Message);
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            errors.Add(place, $"{name} of plugin {declaration.Plugin} failed: {e.GetType().Name}");
        }
        return new MadeRestriction(declaration, null, place);
    }

    private static string Sign(RestrictionArguments arguments) => $"{arguments.Name}({Write(arguments.Positional)},{Write(arguments.Options)})";

    private static string Write(object? value) => value switch
    {
        null => "null",
        string text => $"{text.Length}:{text}",
        IReadOnlyDictionary<string, object?> options => $"{{{string.Join(',', options.OrderBy(o => o.Key, StringComparer.Ordinal).Select(o => $"{Write(o.Key)}={Write(o.Value)}"))}}}",
        System.Collections.IEnumerable items => $"[{string.Join(',', items.Cast<object?>().Select(Write))}]",
        _ => Convert.ToString(value, System.Globalization.CultureInfo.InvariantCulture) ?? "",
    };

    // The top frame is the call: "    at NAME (recipient.js:6:6)".
    private static Place PlaceOf(string stackTrace)
    {
        var top = Frame().Match(stackTrace);
        return top.Success
            ? new Place(top.Groups["file"].Value, int.Parse(top.Groups["line"].ValueSpan, null), int.Parse(top.Groups["column"].ValueSpan, null))
            : Place.None;
    }

    [GeneratedRegex(@"at (?:[^\n(]*\()?(?<file>[^\n()]+):(?<line>\d+):(?<column>\d+)\)?", RegexOptions.CultureInvariant)]
    private static partial Regex Frame();
}
