using Jint;
using Jint.Native;
using Jint.Native.Json;
using PolicyMTA.Sdk;
using static PolicyMTA.Policy.Scripting.ScriptArguments;

namespace PolicyMTA.Policy.Scripting;

/// <summary><c>http</c>, <c>event</c> and <c>metric</c>: what a policy tells and asks others, by names of the configuration.</summary>
internal sealed class EndpointFunctions(ScriptEngine script)
{
    // What an event tells is a few facts, no message.
    private const int LongestData = 64 * 1024;
    private const int LongestName = 64;

    private IPolicyEndpoints Endpoints => script.Services.Endpoints ?? throw Mistake(script.Engine, "nothing outside can be reached here");

    public JsValue Http(JsValue[] arguments)
    {
        var name = Text(script.Engine, arguments, 0, "the name");
        var request = Written(arguments.At(1));
        return script.Pump.Promise("http", arguments, () => CallAsync(name, request), answer => new JsonParser(script.Engine).Parse(answer));
    }

    public JsValue Event(JsValue[] arguments)
    {
        var name = Text(script.Engine, arguments, 0, "the name");
        var data = Written(arguments.At(1));
        try
        {
            Endpoints.Tell(name, data);
        }
        catch (ConfigurationException error)
        {
            throw Mistake(script.Engine, error.Message);
        }
        return JsValue.Undefined;
    }

    public JsValue Metric(JsValue[] arguments)
    {
        var name = Text(script.Engine, arguments, 0, "the name");
        if (name.Length is 0 or > LongestName || !name.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c == '_')) throw Mistake(script.Engine, $"a metric's name has up to {LongestName} small letters, digits and underscores");
        var value = OptionalNumber(script.Engine, arguments.At(1), "the value") ?? 1;
        if (value < 0) throw Mistake(script.Engine, "a metric only grows");
        Endpoints.Count(name, value);
        return JsValue.Undefined;
    }

    private async ValueTask<string> CallAsync(string name, string request)
    {
        try
        {
            return await Endpoints.CallAsync(name, request, script.Pump.Token);
        }
        catch (ConfigurationException error)
        {
            throw new TemporaryFailureException(error.Message);
        }
    }

    private string Written(JsValue value)
    {
        var text = value.IsMissing() ? "{}" : new JsonSerializer(script.Engine).Serialize(value, JsValue.Undefined, JsValue.Undefined).ToString();
        return text.Length <= LongestData ? text : throw Mistake(script.Engine, $"that is more than {LongestData} characters");
    }
}
