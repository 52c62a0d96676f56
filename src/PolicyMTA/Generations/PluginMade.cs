namespace PolicyMTA.Generations;

/// <summary>Something made for a generation, with what it used: it serves the next generation too when that is unchanged.</summary>
/// <param name="Value">What was made.</param>
/// <param name="Basis">The hash of what it was made from.</param>
/// <param name="Services">What its maker was given.</param>
internal sealed record PluginMade<T>(T Value, string Basis, IReadOnlyList<PluginServices> Services) : IAsyncDisposable where T : class
{
    /// <summary>The hash of what it was made from and what it used.</summary>
    public string Hash => ContentHash.OfTexts(Services.Select(s => s.Dependencies.Hash).Prepend(Basis));

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        try
        {
            if (Value is IAsyncDisposable disposable) await disposable.DisposeAsync();
            else (Value as IDisposable)?.Dispose();
        }
        finally
        {
            // They keep plugins and tables: those go whatever the part does.
            foreach (var services in Services) await services.DisposeAsync();
        }
    }
}
