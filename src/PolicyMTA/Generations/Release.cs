using Microsoft.Extensions.Logging;

namespace PolicyMTA.Generations;

/// <summary>Lets go of things one by one: what fails is logged and keeps none of the others.</summary>
internal static partial class Release
{
    /// <summary>Disposes each of them in this order; never throws.</summary>
    public static async ValueTask AllAsync(IEnumerable<object> held, ILogger log)
    {
        foreach (var one in held)
        {
            try
            {
                if (one is IAsyncDisposable disposable) await disposable.DisposeAsync();
                else (one as IDisposable)?.Dispose();
            }
            catch (Exception error)
            {
                Log.Failed(log, one is GenerationPart part ? $"{part.Kind} {part.Name}" : one.GetType().Name, error);
            }
        }
    }

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Error, Message = "{What} can't be let go cleanly")]
        public static partial void Failed(ILogger logger, string what, Exception error);
    }
}
