using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using PolicyMTA.Sdk;

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
        private readonly JsonTypeInfo<T> _strict = Strict(metadata);

        public override Type Type => typeof(T);

        public override (object? Options, IReadOnlyList<string> Errors) Read(JsonObject? section)
        {
            section ??= [];
            var unknown = section.Select(e => e.Key).Where(key => _strict.Properties.All(p => p.Name != key)).Select(key => $"unknown key '{key}'").ToList();
            if (unknown.Count > 0) return (null, unknown);
            try
            {
                var options = section.Deserialize(_strict) ?? throw new JsonException("there are no options");
                var mistakes = validate?.Invoke(options).ToList() ?? [];
                return (mistakes.Count > 0 ? null : options, mistakes);
            }
            catch (JsonException error)
            {
                return (null, [Describe(error)]);
            }
            catch (Exception error)
            {
                // The plugin's own checks, constructors and setters: only words go on, the exception may be of a type of the plugin's.
                return (null, [$"the plugin can't take these options: {error.Message}"]);
            }
        }

        // The plugin's own metadata under our rules: snake_case keys, nothing unknown at any depth.
        private static JsonTypeInfo<T> Strict(JsonTypeInfo<T> metadata)
        {
            var options = new JsonSerializerOptions
            {
                TypeInfoResolver = metadata.OriginatingResolver ?? metadata.Options.TypeInfoResolver,
                PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
                UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
                RespectNullableAnnotations = true,
                RespectRequiredConstructorParameters = true,
            };
            var strict = (JsonTypeInfo<T>)options.GetTypeInfo(typeof(T));
            RefuseLostDefaults(strict, []);
            return strict;
        }

        // Generated metadata sets every init-only property, also those that the section leaves out: `= 3` would become 0 in silence.
        private static void RefuseLostDefaults(JsonTypeInfo type, HashSet<Type> seen)
        {
            if (type.Kind != JsonTypeInfoKind.Object || !seen.Add(type.Type)) return;
            foreach (var property in type.Properties)
            {
                if (property is { IsRequired: false, AssociatedParameter.IsMemberInitializer: true })
                {
                    throw new ConfigurationException($"the option '{property.Name}' is an init-only property and would lose its default: make it required or a parameter of the record");
                }
                RefuseLostDefaults(type.Options.GetTypeInfo(property.PropertyType), seen);
            }
        }

        private static string Describe(JsonException error) =>
            error.Path is { Length: > 2 } path && path.StartsWith("$.", StringComparison.Ordinal) ? $"{path[2..]}: {error.Message}" : error.Message;
    }
}
