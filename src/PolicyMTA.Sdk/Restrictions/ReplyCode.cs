namespace PolicyMTA.Sdk;

/// <summary>Reads the parameters that set reply codes.</summary>
public static class ReplyCode
{
    /// <summary>The parameter's value as the code of a refusal.</summary>
    /// <exception cref="ConfigurationException">It is no code from 400 to 599.</exception>
    public static int From(ISettings settings, string name)
    {
        ArgumentNullException.ThrowIfNull(settings);
        var code = settings.Int32(name);
        return code is >= 400 and <= 599 ? code : throw new ConfigurationException($"{name} is a reply code from 400 to 599, not {code}");
    }
}
