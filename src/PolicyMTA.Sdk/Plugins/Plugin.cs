namespace PolicyMTA.Sdk;

/// <summary>
/// The entry of a plugin assembly, named by <see cref="PluginAttribute{T}"/>. Its life: constructor without effects → <see cref="Register"/>, which only
/// declares → options are read and validated → factories are called while a generation is built → use → dispose, after which the assembly is unloaded.
/// Nothing may stay behind: no static event, timer, thread or serializer cache.
/// </summary>
public interface IPlugin
{
    /// <summary>Declares what the plugin offers. Called once; must not open, start or read anything.</summary>
    void Register(IPluginRegistry registry);
}

/// <summary>Names the entry of a plugin assembly.</summary>
[AttributeUsage(AttributeTargets.Assembly)]
public sealed class PluginAttribute<TPlugin> : Attribute where TPlugin : IPlugin, new();

/// <summary>A mistake in the configuration or in a policy that a person must mend. Its text is for that person and names what is wrong.</summary>
public sealed class ConfigurationException(string message, Exception? inner = null) : Exception(message, inner);

/// <summary>Something that could not be said or done now and may work later. The client reads <c>451 4.3.0</c>; the text goes to the log.</summary>
public sealed class TemporaryFailureException(string message, Exception? inner = null) : Exception(message, inner);
