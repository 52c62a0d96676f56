using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;

namespace PolicyMTA.PluginHost;

/// <summary>How a plugin's options are read from its section of the configuration.</summary>
public abstract class OptionsDeclaration
{
    private OptionsDeclaration() { }

    public abstract Type Type { get; }

    /// <summary>Reads a section; null stands for an empty one. The options are null when there are errors, each a sentence.</summary>
    public abstract (object? Options, IReadOnlyList<string> Errors) Read(JsonObject? section);

    internal static OptionsDeclaration Of<T>(JsonTypeInfo<T> metadata, Func<T, IEnumerable<string>>? validate) where T : class => new Typed<T>(metadata, validate);

    private sealed class Typed<T>(JsonTypeInfo<T> metadata, Func<T, IEnumerable<string>>? validate) : OptionsDeclaration where T : class
    {
        public override Type Type => typeof(T);

        public override (object? Options, IReadOnlyList<string> Errors) Read(JsonObject? section)
        {
            section ??= [];
            var strict = Strict();
            var unknown = section.Select(e => e.Key).Where(key => strict.Properties.All(p => p.Name != key)).Select(key => $"unknown key '{key}'").ToList();
            if (unknown.Count > 0) return (null, unknown);
            try
            {
                var options = section.Deserialize(strict) ?? throw new JsonException("there are no options");
                var mistakes = validate?.Invoke(options).ToList() ?? [];
                return (mistakes.Count > 0 ? null : options, mistakes);
            }
            catch (JsonException error)
            {
                return (null, [Describe(error)]);
            }
        }

        // The plugin's own metadata under our rules: snake_case keys, nothing unknown at any depth.
        private JsonTypeInfo<T> Strict()
        {
            var options = new JsonSerializerOptions
            {
                TypeInfoResolver = metadata.OriginatingResolver ?? metadata.Options.TypeInfoResolver,
                PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
                UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
                RespectNullableAnnotations = true,
                RespectRequiredConstructorParameters = true,
            };
            return (JsonTypeInfo<T>)options.GetTypeInfo(typeof(T));
        }

        private static string Describe(JsonException error) =>
            error.Path is { Length: > 2 } path && path.StartsWith("$.", StringComparison.Ordinal) ? $"{path[2..]}: {error.Message}" : error.Message;
    }
}
